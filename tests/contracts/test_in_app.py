"""What every provider must do, for messages that wait in our own database for a browser."""

from datetime import timedelta

import pytest

from channels import backends
from channels.backends.base import Kind
from channels.models import Account, Channel, Delivery, InboxMessage, SandboxMail
from customers.models import Customer
from tests.channels import mails, runs
from tests.channels.shop_pages import known, sent, written
from tests.contracts.test_backends import NOW, call

pytestmark = pytest.mark.django_db
PARTS = {"place": "modal", "days": 3, "pages": ["/cart"], "actions": []}


def deliveries(count: int) -> list[int]:
    for number in range(count):
        known(str(number))
    return [row.pk for row in runs.planned(written())]


def line() -> backends.Connection:
    account = Account.objects.get_or_create(name="in_app", backend="in_app", channel="in_app")[0]
    return backends.backends["in_app"].connect(account)


def test_every_call_is_answered_and_every_message_is_kept_once() -> None:
    ids = deliveries(6)
    for start in (0, 3, 0):
        calls = [call(pk, channel="in_app", text="Hallo", parts=PARTS) for pk in ids[start : start + 3]]
        outcomes = line().send(calls, NOW)
        assert set(outcomes) == {each.id for each in calls}
        assert {each.kind for each in outcomes.values()} == {Kind.ACCEPTED}
        assert len({each.provider_id for each in outcomes.values()}) == 3
    line().close()
    assert sorted(InboxMessage.objects.values_list("delivery", flat=True)) == ids
    row = InboxMessage.objects.first()
    assert row is not None
    assert (row.place, row.targeting["pages"], row.text) == ("modal", ["/cart"], "Hallo")
    assert row.expires_at == NOW + timedelta(days=3)
    assert row.customer_id == row.delivery.customer_id


def test_a_slice_takes_the_same_few_statements_however_large(django_assert_num_queries: object) -> None:
    ids = deliveries(40)
    connection = line()
    for some in (ids[:2], ids[2:]):
        calls = [call(pk, channel="in_app", parts=PARTS) for pk in some]
        with django_assert_num_queries(2):  # type: ignore[operator]
            connection.send(calls, NOW)


def test_who_was_erased_on_the_way_gets_nothing_and_is_not_suppressed() -> None:
    [first, second] = deliveries(2)
    gone = Delivery.objects.get(pk=first).customer_id
    Customer.objects.filter(pk=gone).update(erased_at=NOW)
    outcomes = line().send([call(pk, channel="in_app", parts=PARTS) for pk in (first, second)], NOW)
    assert (outcomes[first].kind, outcomes[first].suppress) == (Kind.ADDRESS, False)
    assert outcomes[second].kind is Kind.ACCEPTED


def test_a_test_is_shown_in_the_sandbox_and_to_no_customer() -> None:
    account = Account.objects.create(name="shop", backend="in_app", channel="in_app")
    outcome = backends.send_test(account, call(0, channel="in_app", parts=PARTS), NOW)
    assert outcome.kind is Kind.ACCEPTED
    assert SandboxMail.objects.get().channel == Channel.IN_APP
    assert not InboxMessage.objects.exists()


def test_a_whole_send_goes_through_gates_and_ledger() -> None:
    known("1")
    Customer.objects.create(first_name="Berta", language="de")
    rows = sent(mails.text("Hallo {{ first_name }}"), days=5, again="once")
    assert sorted((row.state, row.reason) for row in rows) == [("accepted", ""), ("withheld", "no_consent")]
    row = InboxMessage.objects.get()
    assert (row.text, row.targeting["again"], row.place) == ("Hallo Anna", "once", "banner")
