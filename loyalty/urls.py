from django.urls import path

from loyalty.views import batches, books, budgets, codes, coupon_builder, coupons

urlpatterns = [
    path("settings/books/", books.books_page, name="books"),
    path("settings/books/check/", books.books_check, name="books_check"),
    path("coupons/", coupons.CouponList.as_view(), name="coupon_list"),
    path("coupons/new/", coupon_builder.coupon_create, name="coupon_create"),
    path("coupons/words/", coupon_builder.coupon_words, name="coupon_words"),
    path("coupons/<int:coupon_id>/", coupons.coupon_page, name="coupon"),
    path("coupons/<int:coupon_id>/edit/", coupon_builder.coupon_edit, name="coupon_edit"),
    path("coupons/<int:coupon_id>/try/", coupons.coupon_try, name="coupon_try"),
    path("coupons/<int:coupon_id>/pause/", coupons.coupon_pause, name="coupon_pause"),
    path("coupons/<int:coupon_id>/resume/", coupons.coupon_resume, name="coupon_resume"),
    path("coupons/<int:coupon_id>/codes/", codes.CodeList.as_view(), name="code_list"),
    path("coupons/<int:coupon_id>/codes/order/", batches.batch_order, name="batch_order"),
    path("coupons/<int:coupon_id>/sheet/", batches.coupon_sheet, name="coupon_sheet"),
    path("coupons/batches/<int:batch_id>/", batches.batch_progress, name="batch_progress"),
    path("coupons/batches/<int:batch_id>/export/", batches.batch_export, name="batch_export"),
    path("coupons/codes/<int:code_id>/", codes.code_page, name="code"),
    path("coupons/codes/<int:code_id>/qr.svg", codes.code_qr, name="code_qr"),
    path("coupons/codes/<int:code_id>/void/", codes.code_void, name="code_void"),
    path("budgets/", budgets.BudgetList.as_view(), name="budget_list"),
    path("budgets/new/", budgets.budget_create, name="budget_create"),
    path("budgets/<int:budget_id>/", budgets.budget_page, name="budget"),
    path("budgets/<int:budget_id>/edit/", budgets.budget_edit, name="budget_edit"),
]
