from django.urls import path

from loyalty.views import books, corrections, liability, own_points, program, rules, statement

urlpatterns = [
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
    # The programme
    path("loyalty/", program.program_page, name="program"),
    path("loyalty/set-up/", program.program_create, name="program_create"),
    path("loyalty/settings/", program.program_edit, name="program_edit"),
    path("loyalty/publish/", program.program_publish, name="program_publish"),
    path("loyalty/try/", program.program_try, name="program_try"),
    path("loyalty/rules/add/", rules.rule_create, name="earning_rule_create"),
    path("loyalty/rules/<int:rule_id>/", rules.rule_edit, name="earning_rule_edit"),
    path("loyalty/rules/<int:rule_id>/pause/", rules.rule_pause, name="earning_rule_pause"),
    path("loyalty/rules/<int:rule_id>/remove/", rules.rule_remove, name="earning_rule_remove"),
    path("loyalty/corrections/", corrections.CorrectionList.as_view(), name="correction_list"),
    path("loyalty/corrections/new/", corrections.correction_create, name="correction_create"),
    path(
        "loyalty/corrections/asked/<int:request_id>/", corrections.correction_decide, name="correction_decide"
    ),
    path(
        "loyalty/corrections/<int:entry_id>/take-back/",
        corrections.correction_reverse,
        name="correction_reverse",
    ),
    path("loyalty/open-points/", liability.liability_page, name="liability"),
    path("loyalty/open-points/<str:part>.csv", liability.liability_export, name="liability_export"),
    path("customers/<int:customer_id>/points/", statement.Statement.as_view(), name="points_statement"),
    path("customers/<int:customer_id>/points/pass-on/", statement.points_transfer, name="points_transfer"),
    path("points/<str:token>/", own_points.own_points, name="own_points"),
]
