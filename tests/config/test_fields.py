"""Fields of forms: a choice of nothing is a word, not a line of dashes; a thousand is never taken for one."""

from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from customers.models import ApiKey, Store
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


class KeyForm(forms.ModelForm):
    store = forms.ModelChoiceField(Store.objects.all(), required=False)
    other = forms.ModelChoiceField(Store.objects.all(), required=False, empty_label="everywhere")

    class Meta:
        model = ApiKey
        fields = ["kind"]


def drawn(name: str) -> str:
    return Template("{% load ui %}{% field form." + name + " %}").render(Context({"form": KeyForm()}))


@pytest.mark.parametrize(
    ("name", "said"), [("kind", "please choose"), ("store", "not chosen"), ("other", "everywhere")]
)
def test_nothing_is_a_word(name: str, said: str) -> None:
    StoreFactory(name="Celle")
    assert f">{said}</option>" in drawn(name)
    assert "-----" not in drawn(name)
    assert ">Server</option>" in drawn(name) or "Celle" in drawn(name)


@pytest.mark.parametrize("typed", ["1.000", "1,000", "1.0", "1 000"])
def test_a_thousand_with_a_point_is_not_one(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        forms.IntegerField().clean(typed)
    assert forms.IntegerField().clean(" 1000 ") == 1000


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        (forms.IntegerField(max_value=1_000_000), "1000001", "1.000.000"),
        (forms.DecimalField(min_value=Decimal("0.01")), "0", "0,01"),
    ],
)
def test_limits_are_said_with_the_readers_separators(field: forms.Field, typed: str, said: str) -> None:
    with translation.override("de"):
        with pytest.raises(forms.ValidationError) as refused:
            field.clean(typed)
        assert said in refused.value.messages[0]
