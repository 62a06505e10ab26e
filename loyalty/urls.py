from django.urls import path

from loyalty.views import (
    apply_link,
    books,
    gift_card_acts,
    gift_cards,
    reward_claims,
    rewards,
    tier_members,
    tiers,
    till_settings,
)
from loyalty.views.till import day, front, goodwill, sales, sign_up

urlpatterns = [
    path("coupon/<str:text>/", apply_link.apply_link, name="apply_link"),
    path("gift-cards/", gift_cards.GiftCardList.as_view(), name="gift_card_list"),
    path("gift-cards/issue/", gift_card_acts.gift_card_issue, name="gift_card_issue"),
    path("gift-cards/conflicts/", gift_cards.TillConflictList.as_view(), name="till_conflict_list"),
    path("gift-cards/<int:card_id>/", gift_cards.gift_card, name="gift_card"),
    path("gift-cards/<int:card_id>/top-up/", gift_card_acts.gift_card_top_up, name="gift_card_top_up"),
    path("gift-cards/<int:card_id>/block/", gift_card_acts.gift_card_block, name="gift_card_block"),
    path("gift-cards/<int:card_id>/unblock/", gift_card_acts.gift_card_unblock, name="gift_card_unblock"),
    path("gift-cards/<int:card_id>/void/", gift_card_acts.gift_card_void, name="gift_card_void"),
    path(
        "gift-cards/charges/<int:entry_id>/refund/", gift_card_acts.gift_card_refund, name="gift_card_refund"
    ),
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
    path("settings/till/", till_settings.till_settings, name="till_settings"),
    path("settings/till/allowances/", till_settings.AllowanceList.as_view(), name="allowance_list"),
    path("settings/till/rules/new/", till_settings.allowance_rule, name="allowance_rule_create"),
    path("settings/till/rules/<int:rule_id>/", till_settings.allowance_rule, name="allowance_rule_edit"),
    path(
        "settings/till/rules/<int:rule_id>/delete/",
        till_settings.allowance_rule_delete,
        name="allowance_rule_delete",
    ),
    path("settings/till/reasons/new/", till_settings.goodwill_reason, name="goodwill_reason_create"),
    path(
        "settings/till/reasons/<int:reason_id>/", till_settings.goodwill_reason, name="goodwill_reason_edit"
    ),
    path("till/", front.till, name="till"),
    path("till/store/", front.till_store, name="till_store"),
    path("till/sign-up/", sign_up.till_sign_up, name="till_sign_up"),
    path("till/redeem/", sales.till_redeem, name="till_redeem"),
    path("till/redeemed/<int:redemption_id>/", sales.till_done, name="till_done"),
    path("till/goodwill/<int:customer_id>/", goodwill.till_goodwill, name="till_goodwill"),
    path("till/given/<int:issue_id>/", goodwill.till_given, name="till_given"),
    path("till/requests/<int:request_id>/", goodwill.till_request, name="till_request"),
    path("till/today/", day.till_day, name="till_day"),
    path("till/undo/<str:kind>/<int:pk>/", day.till_undo, name="till_undo"),
    path("loyalty/tiers/", tiers.tier_list, name="tier_list"),
    path("loyalty/tiers/members/", tier_members.TierMemberList.as_view(), name="tier_members"),
    path("loyalty/tiers/add/", tiers.tier_create, name="tier_create"),
    path("loyalty/tiers/rules/", tiers.tier_policy, name="tier_policy"),
    path("loyalty/tiers/preview/", tiers.tier_preview, name="tier_preview"),
    path("loyalty/tiers/<int:tier_id>/", tiers.tier_edit, name="tier_edit"),
    path("loyalty/tiers/<int:tier_id>/delete/", tiers.tier_delete, name="tier_delete"),
    path("loyalty/rewards/", rewards.RewardList.as_view(), name="reward_list"),
    path("loyalty/rewards/new/", rewards.reward_create, name="reward_create"),
    path("loyalty/rewards/<int:reward_id>/", rewards.reward_edit, name="reward_edit"),
    path("loyalty/rewards/<int:reward_id>/switch/", rewards.reward_switch, name="reward_switch"),
    path("loyalty/rewards/claims/", reward_claims.ClaimList.as_view(), name="reward_claim_list"),
    path("loyalty/rewards/claims/<int:claim_id>/", reward_claims.reward_claim, name="reward_claim"),
    path(
        "loyalty/rewards/claims/<int:claim_id>/hand-over/",
        reward_claims.reward_claim_hand_over,
        name="reward_claim_hand_over",
    ),
    path(
        "loyalty/rewards/claims/<int:claim_id>/cancel/",
        reward_claims.reward_claim_cancel,
        name="reward_claim_cancel",
    ),
]
