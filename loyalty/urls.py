from django.urls import path

from loyalty.views import apply_link, books, gift_card_acts, gift_cards

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
]
