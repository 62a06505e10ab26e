from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models.note import MOST


class NoteForm(forms.Form):
    """Browsers send a line's end as two characters, and count it as one."""

    text = forms.CharField(
        label=_("Note"),
        max_length=MOST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MOST}),
        error_messages={"required": _("Write something first.")},
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        if data is not None:
            data = {"text": data.get("text", "").replace("\r\n", "\n")}
        super().__init__(data, **more)
