from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from config import roles
from customers.models import Store, User

if TYPE_CHECKING:
    Base = forms.ModelForm[User]
else:
    Base = forms.ModelForm


def role_choices() -> list[tuple[str, str]]:
    """Each role with what it may do, since a role's name alone says little on the first day."""
    words = "<span><strong>{}</strong><small>{}</small></span>"
    return [(role.key, format_html(words, role.label, role.help)) for role in roles.ROLES]


class MemberForm(Base):
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=role_choices, widget=forms.CheckboxSelectMultiple, required=True
    )
    stores = forms.ModelMultipleChoiceField(
        label=_("Stores"),
        queryset=Store.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Store management sees the customers and coupons of these stores only."),
    )

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]

    def clean_email(self) -> str:
        email = str(User.objects.normalize_email(self.cleaned_data["email"]))
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("There is an account with this e-mail already. Open it in the list.")
            )
        return email

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if "store_manager" in self.cleaned_data.get("roles", []) and not self.cleaned_data.get("stores"):
            self.add_error(
                "stores", _("Store management needs at least one store: it sees nothing otherwise.")
            )
        return cleaned

    def validate_constraints(self) -> None:
        """The unique e-mail is checked above, with a sentence that says the mend."""
