"""The field for the address of a picture, with a button that opens those which were uploaded. Needs js/pictures.js."""

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString


class PictureInput(forms.TextInput):
    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        box = super().render(name, value, attrs, renderer)
        tools = render_to_string("channels/_picture_tools.html", {"id": (attrs or {}).get("id", "")})
        return format_html('<div class="picture-field">{}{}</div>', box, tools)
