"""A choice of topics, called as their readers know them."""

from typing import TYPE_CHECKING

from django import forms

from channels.models import Topic

if TYPE_CHECKING:
    TopicChoice = forms.ModelChoiceField[Topic]
else:
    TopicChoice = forms.ModelChoiceField


class TopicField(TopicChoice):
    language = ""

    def label_from_instance(self, obj: Topic) -> str:
        return obj.name_in(self.language)
