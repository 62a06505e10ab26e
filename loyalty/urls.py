from django.urls import path

from loyalty.views import books, reward_claims, rewards

urlpatterns = [
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
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
