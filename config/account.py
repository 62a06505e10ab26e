"""What people do with their own account: name, language, password."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from config import roles

if TYPE_CHECKING:
    Form = forms.ModelForm[Any]
    Notice = SuccessMessageMixin[Any]
else:
    Form = forms.ModelForm
    Notice = SuccessMessageMixin


class ProfileForm(Form):
    language = forms.ChoiceField(label=_("Language"), choices=[("de", "Deutsch"), ("en", "English")])

    class Meta:
        model = get_user_model()
        fields = ["first_name", "last_name", "language"]


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    start = {"language": request.user.language or translation.get_language()}  # type: ignore[union-attr]
    form = ProfileForm(request.POST or None, instance=request.user, initial=start)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        with translation.override(user.language):
            messages.success(request, _("Profile saved."))
        return redirect("profile")
    labels = [roles.label(name) for name in request.user.groups.values_list("name", flat=True)]
    if request.user.is_superuser and not labels:
        labels = [roles.label(roles.ADMINISTRATOR)]
    return render(request, "account/profile.html", {"form": form, "roles": labels})


class PasswordChange(Notice, auth.PasswordChangeView):
    """Django drops the other sessions: each carries a hash of the password it was opened with."""

    template_name = "account/password_change.html"
    success_url = reverse_lazy("profile")
    success_message = _("Password changed. All other devices are signed out.")


class SetPassword(Notice, auth.PasswordResetConfirmView):
    """The page behind an invitation link. A deactivated account's link does not work."""

    template_name = "account/set_password.html"
    success_url = reverse_lazy("sign_in")
    success_message = _("Password saved. Sign in with it now.")

    def get_user(self, uidb64: str) -> Any:
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None
