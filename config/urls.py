from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from config import views

urlpatterns = [
    path("", views.today, name="today"),
    path("sign-in/", auth.LoginView.as_view(), name="sign_in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign_out"),
    path("", include("customers.urls")),
    path("", include("channels.urls")),
    path("", include("campaigns.urls")),
    path("admin/", admin.site.urls),
]
