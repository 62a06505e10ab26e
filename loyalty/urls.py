from django.urls import path

from loyalty.views import books, contest_acts, contests, plays, sales

urlpatterns = [
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
    path("contests/", contests.ContestList.as_view(), name="contest_list"),
    path("contests/new/", contests.contest_create, name="contest_create"),
    path("contests/<int:contest_id>/", contests.contest_page, name="contest"),
    path("contests/<int:contest_id>/edit/", contests.contest_edit, name="contest_edit"),
    path(
        "contests/<int:contest_id>/winners/", contests.contest_winners_export, name="contest_winners_export"
    ),
    path("contests/<int:contest_id>/start/", contest_acts.contest_start, name="contest_start"),
    path("contests/<int:contest_id>/delete/", contest_acts.contest_delete, name="contest_delete"),
    path("contests/<int:contest_id>/draw/", contest_acts.contest_draw, name="contest_draw"),
    path("contests/<int:contest_id>/verify/", contest_acts.contest_verify, name="contest_verify"),
    path("contests/winners/<int:winner_id>/tell/", contest_acts.winner_tell, name="winner_tell"),
    path("contests/winners/<int:winner_id>/claim/", contest_acts.winner_claim, name="winner_claim"),
    path("contests/winners/<int:winner_id>/replace/", contest_acts.winner_replace, name="winner_replace"),
    path("sales/", sales.SaleList.as_view(), name="sale_list"),
    path("sales/new/", sales.sale_create, name="sale_create"),
    path("sales/<int:sale_id>/", sales.sale_page, name="sale"),
    path("sales/<int:sale_id>/edit/", sales.sale_edit, name="sale_edit"),
    path("sales/<int:sale_id>/start/", sales.sale_start, name="sale_start"),
    path("sales/<int:sale_id>/stop/", sales.sale_stop, name="sale_stop"),
    path("sales/<int:sale_id>/delete/", sales.sale_delete, name="sale_delete"),
    path("play/<str:token>/", plays.contest_play, name="contest_play"),
    path("play/<str:token>/entries.csv", plays.contest_list_of_entries, name="contest_entries"),
    path("early/<str:token>/", plays.sale_enter, name="sale_enter"),
]
