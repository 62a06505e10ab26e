"""Messages in the shop as part of a person's data, and as figures of a campaign."""

import pytest
from django.test import Client
from django.utils import timezone

from channels.in_app import acts
from channels.models import Account, InboxMessage, SandboxMail
from customers import merging, privacy
from customers.models import Customer, Erasure, User
from tests.channels import mails
from tests.channels.shop_pages import known, sent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_they_are_exported_and_erased() -> None:
    anna = known(last_name="Lindner")
    sent(mails.text("Guten Tag {{ first_name }}"))
    [table] = [each for each in privacy.export([anna.pk])[anna.pk] if each.key == "inbox"]
    assert [row["text"] for row in table.rows] == ["Guten Tag Anna"]
    privacy.erase(anna.pk, privacy.Asked(Erasure.By.CUSTOMER, timezone.now()), timezone.now())
    assert not InboxMessage.objects.exists()


def test_they_go_to_the_profile_that_is_left() -> None:
    anna, other = known("17"), known("18")
    sent(mails.text("Hallo"))
    by: User = UserFactory()
    merging.merge(other.pk, anna.pk, by, timezone.now())
    assert set(InboxMessage.objects.values_list("customer", flat=True)) == {anna.pk}
    assert Customer.objects.get(pk=other.pk).merged_into_id == anna.pk


def test_an_account_shows_its_test_in_the_shop(administrator: Client) -> None:
    mails.shop()
    account = Account.objects.create(name="Shop", backend="in_app", channel="in_app")
    answer = administrator.post(f"/settings/channels/{account.pk}/test/")
    kept = SandboxMail.objects.get()
    assert answer["Location"] == f"/mailbox/shop/{kept.pk}/"
    assert administrator.get(answer["Location"]).status_code == 200
    assert kept.parts == {"place": "banner"}


def test_acts_of_nobody_change_nothing() -> None:
    anna = known()
    sent()
    row = InboxMessage.objects.get()
    assert acts.record([acts.Act(row.key, "seen")], anna.pk + 1, "", timezone.now()) == 0
    assert acts.record([acts.Act(row.key, "seen")] * 3, anna.pk, "", timezone.now()) == 1
