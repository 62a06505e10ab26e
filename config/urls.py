from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path
from django.views.generic import RedirectView

from config import account, display, language, sign_in, views
from config.pages import saved, search

urlpatterns = [
    path("", views.today, name="today"),
    path("search/", search.search, name="search"),
    path("settings/", views.settings, name="settings"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign_out"),
    path("welcome/<uidb64>/<token>/", account.SetPassword.as_view(), name="set_password"),
    path("profile/", account.profile, name="profile"),
    path("profile/password/", account.PasswordChange.as_view(), name="password_change"),
    path("language/", language.change, name="language"),
    path("display/", display.change, name="display"),
    path("views/save/", saved.save, name="saved_view_save"),
    path("views/<int:view_id>/delete/", saved.delete, name="saved_view_delete"),
    path("", include("customers.urls")),
    path("", include("channels.urls")),
    path("", include("loyalty.urls")),
    path("", include("campaigns.urls")),
    path("admin/login/", sign_in.admin_sign_in),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    path("admin/", admin.site.urls),
]
