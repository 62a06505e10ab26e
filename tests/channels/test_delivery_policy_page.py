"""The page of the delivery policy: what is saved, what cannot be, and who may."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.arbiter import policy
from channels.arbiter.policy import Cap
from channels.models import DeliveryPolicy
from customers.models import AuditEntry

pytestmark = pytest.mark.django_db

DATA: dict[str, Any] = {
    "quiet_from": "22:00",
    "quiet_until": "07:30",
    "allowed_days": [0, 1, 2, 3, 4],
    "skip_holidays": "on",
    "expires_after": 48,
    "ask_consent_after": "",
    "ask_consent_grace": 60,
    "ask_interests_after": "",
    "all_1": 1,
    "all_7": 3,
    "campaign_1": "",
    "campaign_7": 2,
    "automatic_1": "",
    "automatic_7": "",
    "place-TOTAL_FORMS": 2,
    "place-INITIAL_FORMS": 0,
}


def post(client: Client, **data: Any) -> Any:
    return client.post(reverse("delivery_policy"), DATA | data, follow=True)


def test_it_is_saved_and_holds_and_is_audited(administrator: Client) -> None:
    DeliveryPolicy.objects.create(pk=1, caps=[{"cap_class": "", "days": 30, "most": 9}])
    post(administrator)
    row = DeliveryPolicy.objects.get()
    assert (row.quiet_from, row.quiet_until, row.slow_down) == (time(22), time(7, 30), False)
    rule = policy.load()
    assert rule.window.quiet == ((time(22), time(7, 30)),)
    assert rule.window_of("DE", "email", None) == (rule.window.quiet, frozenset(range(5)), "DE")
    assert rule.expires_after == timedelta(hours=48)
    assert rule.caps == (Cap("", 1, 1), Cap("", 7, 3), Cap("campaign", 7, 2), Cap("", 30, 9))
    entry = AuditEntry.objects.get()
    assert entry.action == "delivery_policy.changed"
    assert "quiet_from" in entry.detail["fields"]


def test_without_quiet_hours_and_limits(administrator: Client) -> None:
    empty = {name: "" for name in DATA if name.endswith(("_1", "_7"))}
    post(administrator, quiet_from="", quiet_until="", **empty)
    rule = policy.load()
    assert (rule.window.quiet, rule.caps) == ((), ())


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"quiet_until": ""}, "Enter both times"),
        ({"quiet_until": "22:00"}, "would never end"),
        ({"allowed_days": []}, "at least one day"),
        ({"all_1": 0}, "At least 1"),
        ({"expires_after": 7}, "7 is not one of the available choices"),
    ],
)
def test_what_cannot_be_saved_says_how_to_mend_it(
    administrator: Client, wrong: dict[str, Any], sentence: str
) -> None:
    page = post(administrator, **wrong).content.decode()
    assert sentence in page
    assert not AuditEntry.objects.exists()


def test_marketers_see_it_and_only_administrators_change_it(marketer: Client, store_manager: Client) -> None:
    page = marketer.get(reverse("delivery_policy")).content.decode()
    assert "An administrator can change this." in page
    assert post(marketer).status_code == 403
    assert store_manager.get(reverse("delivery_policy")).status_code == 403
    assert DeliveryPolicy.objects.get().quiet_from == time(21)


def test_an_expiry_of_another_length_stays(administrator: Client) -> None:
    DeliveryPolicy.objects.create(pk=1, expires_after=timedelta(hours=30))
    assert "30 hours" in administrator.get(reverse("delivery_policy")).content.decode()
    post(administrator, expires_after=30)
    assert policy.load().expires_after == timedelta(hours=30)


def test_asking_again_is_off_until_somebody_wants_it_and_begins_then(administrator: Client) -> None:
    post(administrator)
    assert policy.load().asking is None
    post(administrator, ask_consent_after=24, ask_consent_grace=30, ask_interests_after=12)
    rule = policy.load().asking
    assert rule is not None
    assert (rule.months, rule.grace, DeliveryPolicy.objects.get().ask_interests_after) == (
        24,
        timedelta(days=30),
        12,
    )
    post(administrator, ask_consent_after=24, ask_consent_grace=30, skip_holidays="")
    assert policy.load().asking == rule  # another change does not begin it anew
    page = post(administrator, ask_consent_after=2, ask_consent_grace=30).content.decode()
    assert 'name="ask_consent_after"' in page
    assert policy.load().asking == rule
