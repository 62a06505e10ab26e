"""The public sign-up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.models import Topic
from channels.topic_field import TopicField


class SignUpForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    topic = TopicField(
        label=_("What about?"), queryset=Topic.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    # People leave it empty because they do not see it; programs that fill in forms do not.
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )

    def __init__(self, *args: object, language: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        topic = self.fields["topic"]
        if isinstance(topic, TopicField):
            topic.language, topic.queryset = language, Topic.objects.all()
        self.initial.setdefault("topic", Topic.objects.values_list("pk", flat=True).first())
