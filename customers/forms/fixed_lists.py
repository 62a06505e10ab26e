from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.forms import needed
from customers.models import FixedList

MOST_PASTED = 1_000_000  # characters; below Django's limit for a request without files


class RenameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class AddForm(forms.Form):
    """People as text or as a file, not both."""

    text = forms.CharField(
        label=gettext_lazy("Customer numbers or e-mail addresses"),
        required=False,
        max_length=MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("One in a line, or several divided by comma or semicolon."),
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file"),
        required=False,
        allow_empty_file=True,  # refused below, with a reason
        help_text=gettext_lazy(
            "XLSX, CSV or text; the first column counts, of a workbook that of its first sheet;"
            " at most a million lines."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (
            not {"text", "file"} & self.errors.keys()
            and not data.get("text", "").strip()
            and not data.get("file")
        ):
            self.add_error("text", _("Enter somebody here, or choose a file."))
        elif data.get("text", "").strip() and data.get("file"):
            self.add_error("file", _("Either the text or the file. Add the other one afterwards."))
        return data


class CreateForm(AddForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class ChooseForm(forms.Form):
    """A list that is there, or the name of a new one."""

    fixed_list = forms.ModelChoiceField(
        FixedList.objects.order_by("name"),
        label=gettext_lazy("List"),
        required=False,
        empty_label=gettext_lazy("a new list"),
        error_messages={"invalid_choice": gettext_lazy("This list is gone. Choose another one.")},
    )
    name = forms.CharField(label=gettext_lazy("Name of the new list"), required=False, max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed(self, "fixed_list")
        needed(self, "name", when="fixed_list=")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("fixed_list") and not data.get("name"):
            self.add_error("name", _("The list needs a name."))
        return data
