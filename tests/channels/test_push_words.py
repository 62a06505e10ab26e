"""The words of the question before the browser's: the shop's own by language, ours where it has none, and both named in
the consent as they were read."""

from html import escape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.models import Consent, PushWording
from channels.push import prompt
from customers.models import ApiKey, AuditEntry, Customer
from tests.channels import mails
from tests.channels.push_doors import browser, known, post, subscription
from tests.channels.test_push_doors import anna, key, service
from tests.servers.push import PushService

__all__ = ["anna", "key", "service"]
pytestmark = pytest.mark.django_db
HOSTILE = "<img src=x onerror=alert(1)> {shop} %s"


@pytest.fixture(autouse=True)
def shop() -> None:
    mails.shop(languages=["de", "en"], name="Kaufhaus <Linden>")
    mails.brand()


def given(language: str, **words: str) -> dict[str, str]:
    return {f"{part}_{language}": word for part, word in words.items()}


def saved(client: Client, **fields: str) -> str:
    form = client.get(reverse("push_words")).context["form"]
    data = {name: field.initial for name, field in form.fields.items()} | fields
    return client.post(reverse("push_words"), data, follow=True).content.decode()


def said(key: ApiKey, language: str) -> dict[str, Any]:
    asked: dict[str, Any] = post(key, "prompt", language=language)[1]["prompt"]
    return asked


def test_the_shops_own_words_are_asked_in_their_language_only(marketer: Client, key: ApiKey) -> None:
    assert "Visitors are asked in these words" in saved(marketer, **given("de", title="{shop} meldet sich?"))
    german = said(key, "de-AT")
    assert german["title"] == "Kaufhaus <Linden> meldet sich?"
    assert german["yes"] == prompt.WORDS["de"].yes
    assert said(key, "en")["title"] == prompt.WORDS["en"].title
    assert AuditEntry.objects.get(action="push_words.changed").detail["languages"] == ["de"]
    assert escape("Kaufhaus <Linden> meldet sich?") in marketer.get(reverse("push")).content.decode()
    saved(marketer)
    assert PushWording.objects.count() == 1, "what is not changed is not saved again"


def test_what_was_read_is_what_was_agreed_to(
    marketer: Client, key: ApiKey, anna: Customer, service: PushService
) -> None:
    """She has the box before her while somebody changes its words."""
    saved(marketer, **given("de", title="Erste Frage?"))
    read = said(key, "de")["id"]
    saved(marketer, **given("de", title="Zweite Frage?"))
    assert said(key, "de")["id"] != read
    post(key, "subscribe", **subscription(browser(service), prompt=read, **known(key)))
    evidence = Consent.objects.get(customer=anna, channel="push").evidence
    assert (evidence["wording"], "Erste Frage?" in evidence["words"]) == (read, True)


@pytest.mark.parametrize("name", ["own-0", "own-9", "own-99999999999999999999", "own-１", "own-", "own-1 "])
def test_words_that_nobody_was_asked_prove_nothing(name: str) -> None:
    assert prompt.evidence(name) == {}


def test_an_emptied_field_takes_our_words_again(marketer: Client, key: ApiKey) -> None:
    ours = said(key, "de")
    saved(marketer, **given("de", title="Neues?", yes="Nur her"))
    saved(marketer, **given("de", title="", yes=""))
    assert said(key, "de") == ours
    assert prompt.evidence(f"own-{PushWording.objects.latest('pk').pk}") == {}


def test_a_language_without_words_of_ours_takes_all_four(marketer: Client, key: ApiKey) -> None:
    mails.shop(languages=["de", "pt"])
    assert said(key, "pt")["language"] == "de"
    page = saved(marketer, **given("pt", title="Mensagens?"))
    assert page.count("there are no words of ours") == 3
    assert not PushWording.objects.exists()
    saved(marketer, **given("pt", title="Mensagens?", text="Novidades.", yes="Sim", no="Não"))
    assert said(key, "pt")["yes"] == "Sim"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"title": "x" * 61}, "at most 60 characters"),
        ({"text": "x" * 201}, "at most 200 characters"),
        ({"yes": "x" * 31}, "at most 30 characters"),
        ({"title": "{shop.pk}"}, "In braces only {shop} is possible"),
        ({"title": "{"}, "In braces only {shop} is possible"),
        ({"yes": "nein", "no": "NEIN"}, "The two buttons need different words"),
        ({"title": "a\x00b"}, "Null characters are not allowed"),
        ({"title": "a\x1bb"}, "control characters"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(marketer: Client, words: dict[str, str], sentence: str) -> None:
    assert sentence in saved(marketer, **given("de", **words))
    assert not PushWording.objects.exists()


def test_hostile_words_are_words(marketer: Client, key: ApiKey) -> None:
    """No markup for staff, nor a format for us; tests/browser/test_sdk_push.py shows them to a visitor."""
    saved(marketer, **given("de", text=HOSTILE))
    shown = said(key, "de")["text"]
    assert shown == "<img src=x onerror=alert(1)> Kaufhaus <Linden> %s"
    for name in ("push", "push_words"):
        page = marketer.get(reverse(name)).content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_who_may_not_change_the_brand_may_not_change_the_words(analyst: Client) -> None:
    assert analyst.post(reverse("push_words"), given("de", title="x")).status_code == 403
    assert not PushWording.objects.exists()
