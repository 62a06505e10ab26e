"""Four eyes: above the threshold somebody else says yes to exactly this, and any edit makes the yes worthless (T3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from campaigns import approval, drafts, launch
from campaigns.models import Approval, Campaign, Occurrence
from campaigns.refusals import Refused
from channels.models import Brand, Sender
from customers.models import AuditEntry, Segment, User
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.channels import mails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def threshold(settings: Any) -> None:
    settings.APPROVAL_THRESHOLD = 2


def big(by: User | None = None, **fields: Any) -> Campaign:
    return make.ready(people=3, created_by=by or make.user(), **fields)


def asked(campaign: Campaign) -> str:
    seen = approval.digest(campaign)
    assert campaign.created_by is not None
    approval.ask(campaign.pk, campaign.created_by, NOON, seen=seen)
    return seen


def test_up_to_the_threshold_no_second_person_is_needed() -> None:
    campaign = make.ready(people=2)
    launch.launch(campaign.pk, make.user(), NOON, seen=approval.digest(campaign))
    assert Occurrence.objects.get().approved is False


def test_above_it_a_launch_alone_is_refused() -> None:
    campaign = big()
    with pytest.raises(Refused):
        launch.launch(campaign.pk, make.user(), NOON, seen=approval.digest(campaign))


def test_a_second_person_releases_it_in_the_name_of_the_first() -> None:
    campaign, approver = big(), make.user("approver")
    seen = asked(campaign)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.WAITING
    run = launch.release(campaign.pk, approver, NOON, seen=seen)
    assert (run.launched_by, run.approved) == (campaign.created_by, True)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "user__email"))
    author = campaign.created_by
    assert author is not None
    assert actions == [
        ("campaign.approval_asked", author.email),
        ("campaign.approved", approver.email),
        ("campaign.launched", author.email),
    ]


def test_asking_twice_asks_once() -> None:
    campaign = big()
    asked(campaign)
    asked(campaign)
    assert Approval.objects.count() == 1


@pytest.mark.parametrize("who", ["author", "asker"])
def test_neither_the_author_nor_the_asker_may_approve(who: str) -> None:
    author, asker = make.user("administrator"), make.user("administrator")
    campaign = big(by=author)
    seen = approval.digest(campaign)
    approval.ask(campaign.pk, asker, NOON, seen=seen)
    with pytest.raises(Refused):
        launch.release(campaign.pk, author if who == "author" else asker, NOON, seen=seen)
    assert not Occurrence.objects.exists()


def test_a_marketer_may_not_approve_at_all() -> None:
    campaign = big()
    seen = asked(campaign)
    with pytest.raises(PermissionDenied):
        launch.release(campaign.pk, make.user("marketer"), NOON, seen=seen)


def _subject(campaign: Campaign) -> None:
    campaign.message.contents.filter(language="en").update(subject="Other")


def _block(campaign: Campaign) -> None:
    campaign.message.contents.filter(language="de").update(blocks=[mails.text("Anders")])


def _language(campaign: Campaign) -> None:
    mails.content(campaign.message, "fr")


def _sender(campaign: Campaign) -> None:
    Sender.objects.update(name="Somebody else")


def _imprint(campaign: Campaign) -> None:
    Brand.objects.update(imprint={"de": "Andere GmbH", "en": "Other Ltd"})


def _rule(campaign: Campaign) -> None:
    assert campaign.segment is not None
    Segment.objects.filter(pk=campaign.segment.pk).update(rule={"any": [make.rule("DE"), make.rule("AT")]})


def _exclusion_rule(campaign: Campaign) -> None:
    Segment.objects.filter(name="excluded").update(rule=make.rule("NL"))


def _policy(campaign: Campaign) -> None:
    campaign.message.expires_after = timedelta(days=1)
    campaign.message.save()


def _edited(change: Callable[[Campaign], None]) -> Callable[[Campaign], None]:
    def edit(campaign: Campaign) -> None:
        with drafts.editing(campaign.pk, None, make.user()) as draft:
            change(draft)

    edit.__name__ = change.__name__
    return edit


def _segment(campaign: Campaign) -> None:
    campaign.segment = make.segment("DE")


def _exclusions(campaign: Campaign) -> None:
    campaign.exclusions.clear()


def _time(campaign: Campaign) -> None:
    campaign.when, campaign.wall_time = Campaign.When.LATER, NOON + timedelta(days=1)


def _zone(campaign: Campaign) -> None:
    campaign.time_zone = "Europe/London"


def _topic(campaign: Campaign) -> None:
    campaign.message.topic = make.topic("sale")


def _window(campaign: Campaign) -> None:
    campaign.attribution_days = 30


def _name(campaign: Campaign) -> None:
    campaign.name = "Another name"


ELSEWHERE = [_subject, _block, _language, _sender, _imprint, _rule, _exclusion_rule, _policy]
IN_THE_BUILDER = [_segment, _exclusions, _time, _zone, _topic, _window, _name]


@pytest.mark.parametrize(
    "edit", [*ELSEWHERE, *map(_edited, IN_THE_BUILDER)], ids=lambda edit: edit.__name__.strip("_")
)
def test_any_edit_voids_what_was_asked_and_what_was_approved(edit: Callable[[Campaign], None]) -> None:
    campaign, approver = big(), make.user("approver")
    campaign.exclusions.add(make.segment("FR", name="excluded"))
    seen = asked(campaign)
    edit(Campaign.objects.get(pk=campaign.pk))
    changed = Campaign.objects.get(pk=campaign.pk)
    now = approval.digest(changed)
    assert now != seen
    for looked_at in (seen, now):
        with pytest.raises(Refused):
            launch.release(campaign.pk, approver, NOON, seen=looked_at)
    Approval.objects.update(approved_by=approver, approved_at=NOON)
    with pytest.raises(Refused):
        launch.launch(campaign.pk, make.user(), NOON, seen=now)
    assert not Occurrence.objects.exists()


def test_a_refusal_makes_it_a_draft_again_and_keeps_the_reason() -> None:
    campaign, approver = big(), make.user("approver")
    seen = asked(campaign)
    approval.refuse(campaign.pk, approver, NOON, note="The subject has a typing mistake.")
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DRAFT
    assert Approval.objects.get().note == "The subject has a typing mistake."
    with pytest.raises(Refused):
        launch.launch(campaign.pk, make.user(), NOON, seen=seen)


def test_where_nobody_else_can_approve_the_own_word_counts_and_is_written_down() -> None:
    campaign = big()
    author = campaign.created_by
    assert author is not None
    run = launch.release_alone(campaign.pk, author, NOON, seen=approval.digest(campaign))
    assert run.approved
    assert AuditEntry.objects.filter(action="campaign.approved_alone", user=author).count() == 1


def test_where_somebody_else_can_the_own_word_does_not_count() -> None:
    campaign = big()
    make.user("approver")
    author = campaign.created_by
    assert author is not None
    with pytest.raises(Refused):
        launch.release_alone(campaign.pk, author, NOON, seen=approval.digest(campaign))


@pytest.mark.parametrize("fields", [{"is_active": False}, {}])
def test_a_colleague_who_cannot_sign_in_does_not_count_as_somebody_else(fields: dict[str, Any]) -> None:
    campaign = big()
    make.user("approver" if fields else "analyst", **fields)
    assert campaign.created_by is not None
    assert approval.others(campaign, campaign.created_by) == []
