"""Variants: written in the editor, allotted in equal shares by a fixed hash, kept on each channel; else A is read."""

import hashlib
import re
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.backends import Outcome
from channels.backends.base import Kind
from channels.delivery import dry_runs, planning
from channels.messages import checks, drafts, rendering, versions
from channels.models import Account, Content, Delivery, Message, MessageVersion, SandboxMail
from customers.models import Customer
from tests.channels import mails, runs
from tests.channels.runs import NOW, Everybody
from tests.channels.test_arbiter_channels import reachable
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def post(client: Client, message: Message, **data: str) -> str:
    data = {"channel": "email", "language": "de"} | data
    answer = client.post(reverse("message_language", args=[message.pk]), data, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def opened(client: Client, message: Message, **asked: str) -> str:
    asked = {"channel": "email", "language": "de"} | asked
    return client.get(reverse("message_editor", args=[message.pk]), asked).content.decode()


def written(message: Message) -> list[str]:
    rows = message.contents.order_by("channel", "language", "variant")
    return [f"{each.language} {each.variant}" for each in rows]


def varied(letters: str = "AB", **fields: object) -> Message:
    """A message whose variants say their letter in the subject, in German; other languages have A only."""
    message = mails.message(**fields)  # type: ignore[arg-type]
    for content in message.contents.filter(language="de"):
        content.subject = "A"
        content.save()
        for letter in letters[1:]:
            made = drafts.add_variant(content, UserFactory())
            Content.objects.filter(pk=made.pk).update(subject=letter)
    return message


def frozen(message: Message, backend: str = "sandbox") -> MessageVersion:
    version = versions.freeze(message, None)
    Account.objects.filter(pk=version.account_id).update(backend=backend)
    rendering.forget()
    version.refresh_from_db()
    return version


# --- The editor ---


def test_a_variant_begins_as_a_copy_and_is_changed_by_itself(marketer: Client) -> None:
    message = mails.message(mails.text("Hallo"), mails.button())
    assert 'id="message-letters"' not in opened(marketer, message)
    page = post(marketer, message, action="vary")
    assert 'aria-label="Variant B: complete" aria-current="true"' in page
    first, second = message.contents.order_by("variant")
    assert (second.variant, second.subject, second.options) == ("B", first.subject, first.options)
    assert [each["kind"] for each in second.blocks] == [each["kind"] for each in first.blocks]
    assert not {each["id"] for each in first.blocks} & {each["id"] for each in second.blocks}
    change = reverse("message_change", args=[second.pk])
    answer = marketer.post(change, {"revision": second.revision, "subject": ""}, headers=HTMX)
    assert 'aria-label="Variant B: 1 fault" aria-current="true"' in answer.content.decode()
    first.refresh_from_db()
    assert first.subject == "Hallo {{ first_name }}"
    assert 'aria-label="Variant A: complete" aria-current="true"' in opened(marketer, message)


def test_there_are_at_most_four_and_the_first_free_letter_is_the_next(marketer: Client) -> None:
    message = mails.message()
    for _each in range(3):
        page = post(marketer, message, action="vary")
    assert written(message) == ["de A", "de B", "de C", "de D"]
    assert 'value="vary"' not in page
    assert "There can be at most 4 variants." in post(marketer, message, action="vary")
    post(marketer, message, action="remove", variant="B")
    assert written(message) == ["de A", "de C", "de D"]
    post(marketer, message, action="vary", variant="C")
    assert written(message) == ["de A", "de B", "de C", "de D"]


def test_a_variant_goes_alone_and_a_language_with_all_of_its_variants(marketer: Client) -> None:
    message = mails.message(languages=("de", "en"))
    page = post(marketer, message, action="vary")
    assert "Delete variant B of “E-mail, German” with all its blocks?" in page
    page = post(marketer, message, action="remove", variant="B")
    assert written(message) == ["de A", "en A"]
    assert 'id="message-letters"' not in page
    post(marketer, message, action="vary")
    assert "with all its variants?" in opened(marketer, message)
    post(marketer, message, action="remove")
    assert written(message) == ["en A"]


def test_the_languages_of_a_variant_are_told_and_the_missing_one_begins_as_a_copy(marketer: Client) -> None:
    message = varied(languages=("de", "en"))
    page = opened(marketer, message, language="en", variant="B")
    assert "Variant B of E-mail in English is not written yet" in page
    assert "Begin with the blocks of: E-mail, German, B" in page
    post(marketer, message, language="en", variant="B", source="email:de:B")
    assert message.contents.get(language="en", variant="B").subject == "B"
    post(marketer, message, language="fr", variant="B", source="email:de:B")
    assert not message.contents.filter(language="fr").exists()  # A first: it is what is read where B lacks


@pytest.mark.parametrize("variant", ["", "D", "Z", "a", "1" * 50])
def test_a_variant_that_there_is_not_opens_the_first_and_is_never_written(
    marketer: Client, variant: str
) -> None:
    message = varied()
    assert 'aria-label="Variant A: complete" aria-current="true"' in opened(
        marketer, message, variant=variant
    )
    if variant not in ("", "D"):
        assert "There is no such variant." in post(marketer, message, variant=variant)
    assert written(message) == ["de A", "de B"]


def test_service_messages_have_no_variants_and_launched_ones_get_none(marketer: Client) -> None:
    service = mails.message(purpose="service")
    assert 'value="vary"' not in opened(marketer, service)
    assert "Everybody gets the same service message" in post(marketer, service, action="vary")
    launched = mails.message()
    drafts.lock(launched.pk, NOW)
    assert "This campaign has been launched" in post(marketer, launched, action="vary")
    assert written(service) == written(launched) == ["de A"]


def test_only_who_may_change_messages_adds_variants(analyst: Client) -> None:
    message = mails.message()
    where = reverse("message_language", args=[message.pk])
    answer = analyst.post(where, {"channel": "email", "language": "de", "action": "vary"})
    assert (answer.status_code, written(message)) == (403, ["de A"])


def test_each_variant_is_previewed_as_any_customer_and_sent_as_a_test(marketer: Client) -> None:
    message = mails.message(mails.text("Guten Tag {{ first_name }}", "t1"))
    second = drafts.add_variant(message.contents.get(), UserFactory())
    second.blocks[0]["text"] = "Servus {{ first_name }}"
    second.subject = "Nur B, {{ first_name }}"
    second.save()
    anna = mails.customer(first_name="Annabell")
    page = opened(marketer, message, variant="B")
    address = re.search(r'data-preview="([^"]+)"', page)
    assert address
    assert address.group(1) == reverse("message_preview", args=[second.pk])
    assert "Servus Annabell" in marketer.get(address.group(1), {"customer": anna.pk}).content.decode()
    marketer.post(reverse("message_test", args=[second.pk]), {"customer": anna.pk}, headers=HTMX)
    assert SandboxMail.objects.get().subject == "[Test] Nur B, Annabell"


def test_what_is_missing_or_still_the_same_is_told_before_the_launch() -> None:
    message = varied(languages=("de", "en"))
    found = checks.faults(message, ["de", "en"])
    told = {(each.place.language, each.sentence) for each in found if "ariant" in each.sentence}
    missing = "Variant B is missing here: whoever is to get it reads variant A, and counts for variant B."
    assert told == {("en", missing)}
    assert not [each for each in found if each.blocks]
    message.contents.filter(language="de").update(subject="Gleich")
    found = checks.faults(message, ["de", "en"])
    assert ("de", "B", "Variant B says the same as variant A: nothing is tried yet.") in {
        (each.place.language, each.variant, each.sentence) for each in found
    }


# --- Who gets which ---


def expected(message_id: int, person: Customer, letters: str) -> str:
    head = hashlib.sha256(f"variant:{message_id}:{person.key}".encode()).hexdigest()[:8]
    return letters[int(head, 16) * len(letters) // 2**32]


@pytest.mark.parametrize("letters", ["AB", "ABC", "ABCD"])
def test_shares_are_equal_and_everybody_keeps_hers_in_every_run(letters: str) -> None:
    people = runs.customers(400, permitted=False)
    version = frozen(varied(letters))
    planning.plan(version, 1, Everybody(), 0, NOW, limit=150)
    planning.plan(version, 1, Everybody(), 0, NOW)
    planning.plan(version, 2, Everybody(), 0, NOW)
    for run in (1, 2):
        rows = dict(Delivery.objects.filter(occurrence=run).values_list("customer_id", "variant"))
        assert rows == {each.pk: expected(version.message_id, each, letters) for each in people}
    shares = Counter(rows.values())
    equal = 400 / len(letters)
    assert all(abs(shares[letter] - equal) < 50 for letter in letters), shares


def test_the_control_group_is_of_all_variants() -> None:
    runs.customers(200, permitted=False)
    version = frozen(varied())
    planning.plan(version, 1, Everybody(), 0, NOW, holdout=0.5)
    held = Counter(Delivery.objects.filter(arm="holdout").values_list("variant", flat=True))
    assert min(held["A"], held["B"]) > 25


def test_with_one_variant_the_statement_does_not_speak_of_it() -> None:
    runs.customers(1, permitted=False)
    with CaptureQueriesContext(connection) as asked:
        [row] = runs.planned(runs.version())
    [statement] = [each["sql"] for each in asked if "INSERT INTO channels_delivery " in each["sql"]]
    assert "variant" not in statement
    assert row.variant == "A"


def test_the_dry_run_tells_the_shares_that_planning_makes() -> None:
    runs.customers(40)
    message = varied()
    version = frozen(message)
    foreseen = dry_runs.count(message, Everybody(), NOW)
    planned = Counter(row.variant for row in runs.planned(version))
    assert foreseen.variants == dry_runs.count(version, Everybody(), NOW).variants == planned
    assert len(planned) == 2


def test_each_gets_her_variant_and_who_finds_it_missing_in_her_language_reads_a() -> None:
    runs.customers(12)
    runs.customers(12, language="en")
    message = varied(languages=("de", "en"))
    message.contents.filter(language="en").update(subject="English A")
    runs.planned(frozen(message))
    runs.send_all()
    read = {(each.delivery.language, each.delivery.variant, each.subject) for each in _sent()}
    assert read == {("de", "A", "A"), ("de", "B", "B"), ("en", "A", "English A"), ("en", "B", "English A")}
    assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}


def _sent() -> list[SandboxMail]:
    return list(SandboxMail.objects.select_related("delivery"))


def test_on_the_next_channel_everybody_keeps_hers() -> None:
    people = runs.customers(8)
    for person in people:
        reachable(person)
    Account.objects.create(name="sms", backend="scripted", channel="sms")
    message = varied(channels=["email", "sms"])
    message.contents.filter(channel="sms", variant="B").delete()
    for content in message.contents.filter(channel="sms"):
        content.blocks = [mails.text("Kurz")]
        content.save()
    version = frozen(message, "scripted")
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.ADDRESS) if "@" in call.recipient else runs.ACCEPT
    runs.planned(version)
    runs.send_all()
    runs.send_all()
    rows = Delivery.objects.filter(message=message)
    first = dict(rows.filter(attempt=0).values_list("customer_id", "variant"))
    second = dict(rows.filter(attempt=1, state="accepted").values_list("customer_id", "variant"))
    assert first == second == {each.pk: expected(message.pk, each, "AB") for each in people}
    assert set(first.values()) == {"A", "B"}
