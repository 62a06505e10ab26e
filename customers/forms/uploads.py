"""Uploading a file that is to be imported."""

from django import forms
from django.utils.translation import gettext_lazy

from customers.models import ImportJob


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "XLSX, or CSV, also packed with gzip or xz. The next page shows how it is understood."
        ),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What is in it"), choices=ImportJob.Kind.choices, widget=forms.RadioSelect
    )
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        max_length=80,
        help_text=gettext_lazy(
            "The system whose customer and order numbers these are, such as “shop” or “till”. Use the same word "
            "each time: numbers are told apart by it."
        ),
    )
