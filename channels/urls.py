from django.urls import path

from channels.views import links, sign_up

urlpatterns = [
    # For customers. The names of the first two are short because they stand in every message.
    path("c/<str:token>/", links.click, name="click"),
    path("u/<str:token>/", links.opt_out_page, name="opt_out"),
    path("i/<str:token>/", sign_up.confirm, name="opt_in"),
    path("newsletter/", sign_up.sign_up, name="sign_up"),
]
