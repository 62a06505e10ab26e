from django.urls import path

from loyalty.views import books, tier_members, tiers

urlpatterns = [
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
    path("loyalty/tiers/", tiers.tier_list, name="tier_list"),
    path("loyalty/tiers/members/", tier_members.TierMemberList.as_view(), name="tier_members"),
    path("loyalty/tiers/add/", tiers.tier_create, name="tier_create"),
    path("loyalty/tiers/rules/", tiers.tier_policy, name="tier_policy"),
    path("loyalty/tiers/preview/", tiers.tier_preview, name="tier_preview"),
    path("loyalty/tiers/<int:tier_id>/", tiers.tier_edit, name="tier_edit"),
    path("loyalty/tiers/<int:tier_id>/delete/", tiers.tier_delete, name="tier_delete"),
]
