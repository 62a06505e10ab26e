"""The words by which visitors are asked for push messages, by language. An empty field takes ours."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from channels.forms.set_up import language_name, without_breaks
from channels.models import PushWording
from channels.push import prompt
from channels.push.prompt import SHOP, WORDS, Words
from customers.models import Shop, User

LABELS = (_("Question"), _("Text"), _("Button for yes"), _("Button for no"))
NOTHING = Words("", "", "", "")


class PushWordsForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = prompt.own_words()
        self.codes = list(dict.fromkeys([*Shop.current().languages, *self.own]))
        for code in self.codes:
            for part, label, now in zip(Words._fields, LABELS, self._now(code), strict=True):
                self.fields[f"{part}_{code}"] = forms.CharField(
                    label=label,
                    max_length=PushWording.LONGEST[part],
                    required=False,
                    initial=now,
                    widget=forms.Textarea(attrs={"rows": 3}) if part == "text" else forms.TextInput,
                )

    @property
    def languages(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each language under its name."""
        return [
            (language_name(code), [self[f"{part}_{code}"] for part in Words._fields]) for code in self.codes
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.fields.keys() & cleaned.keys():
            try:
                cleaned[name] = _tidy(cleaned[name])
            except forms.ValidationError as error:
                self.add_error(name, error)
        for code in self.codes:
            self._judge(code)
        return cleaned

    def _judge(self, code: str) -> None:
        words = self._words(code)
        if any(words) and not all(words):
            for part in (part for part, word in zip(Words._fields, words, strict=True) if not word):
                name = f"{part}_{code}"
                if name not in self.errors:
                    self.add_error(
                        name, _("For this language there are no words of ours: fill in all four, or none.")
                    )
        if words.yes and words.yes.casefold() == words.no.casefold():
            self.add_error(f"no_{code}", _("The two buttons need different words."))

    def _words(self, code: str) -> Words:
        """What is to hold from now on."""
        given = (self.cleaned_data.get(f"{part}_{code}", "") for part in Words._fields)
        return Words(*(one or ours for one, ours in zip(given, WORDS.get(code, NOTHING), strict=True)))

    def _now(self, code: str) -> Words:
        return prompt.written(self.own[code]) if code in self.own else WORDS.get(code, NOTHING)

    @transaction.atomic
    def save(self, user: User) -> list[str]:
        """The languages whose words are other ones now."""
        changed = [code for code in self.codes if self._words(code) != self._now(code)]
        for code in changed:
            words = self._words(code)
            kept = NOTHING if words == WORDS.get(code) else words
            PushWording.objects.create(language=code, saved_by=user, **kept._asdict())
        return changed


def _tidy(text: str) -> str:
    """One line, in which braces hold nothing but the shop's name."""
    line = without_breaks(" ".join(text.split()))
    if set("{}") & set(line.replace(SHOP, "")):
        raise forms.ValidationError(_("In braces only {shop} is possible: the shop’s name comes there."))
    return line
