"""A launch freezes what goes out, refuses what must not, and leaves one run however often it is asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from campaigns import approval, checks, drafts, dry_run_reports, launch
from campaigns.models import Campaign, Occurrence
from campaigns.refusals import Refused, Stale
from channels.messages import drafts as contents
from channels.models import Brand, Delivery
from customers.models import AuditEntry, Segment
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.django_db


def launched(campaign: Campaign, at: datetime = NOON) -> Occurrence:
    return launch.launch(campaign.pk, make.user(), at, seen=approval.digest(campaign))


def no_segment(campaign: Campaign) -> None:
    campaign.segment = None


def empty_audience(campaign: Campaign) -> None:
    campaign.segment = make.segment("FR")


def broken_segment(campaign: Campaign) -> None:
    campaign.segment = make.segment(rule={"all": [{"condition": "gone", "params": {}}]})


def broken_exclusion(campaign: Campaign) -> None:
    campaign.exclusions.add(make.segment(rule={"any": []}))


def everybody_excluded(campaign: Campaign) -> None:
    campaign.exclusions.add(make.segment("DE"))


def no_sender(campaign: Campaign) -> None:
    campaign.message.sender = None
    campaign.message.save()


def no_topic(campaign: Campaign) -> None:
    campaign.message.topic = None
    campaign.message.save()


def no_content(campaign: Campaign) -> None:
    campaign.message.contents.all().delete()


def no_fallback(campaign: Campaign) -> None:
    campaign.message.contents.filter(language="de").delete()
    Brand.objects.update(fallback_language="fr")


def no_imprint(campaign: Campaign) -> None:
    Brand.objects.update(imprint={})


def broken_template(campaign: Campaign) -> None:
    campaign.message.contents.update(subject="Hallo {{ first_name")


def no_time(campaign: Campaign) -> None:
    campaign.when = Campaign.When.LATER


def time_passed(campaign: Campaign) -> None:
    campaign.when, campaign.wall_time = Campaign.When.LATER, NOON  # 11:00 by the clock of Berlin, an hour ago


def strange_zone(campaign: Campaign) -> None:
    campaign.time_zone = "Europe/Atlantis"


FAULTS: list[tuple[Callable[[Campaign], None], str]] = [
    (no_segment, "audience"),
    (empty_audience, "audience"),
    (broken_segment, "audience"),
    (broken_exclusion, "audience"),
    (everybody_excluded, "audience"),
    (no_sender, "content"),
    (no_topic, "content"),
    (no_content, "content"),
    (no_fallback, "content"),
    (no_imprint, "content"),
    (broken_template, "content"),
    (no_time, "time"),
    (time_passed, "time"),
    (strange_zone, "time"),
]


@pytest.mark.parametrize(("spoil", "step"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_must_not_go_out_is_told_at_its_step_and_refused(
    spoil: Callable[[Campaign], None], step: str
) -> None:
    campaign = make.ready()
    assert checks.faults(campaign, NOON) == []
    spoil(campaign)
    campaign.save()
    found = checks.faults(Campaign.objects.get(pk=campaign.pk), NOON)
    assert {fault.step for fault in found} == {step}
    assert all(fault.sentence.endswith(".") for fault in found)
    with pytest.raises(Refused):
        launched(campaign)
    assert not Occurrence.objects.exists()


def test_an_audience_of_which_nobody_may_be_written_to_is_told_before_the_launch() -> None:
    campaign = make.ready(people=0)
    make.customer()
    assert checks.faults(campaign, NOON) == []
    fault = checks.foreseen(campaign, dry_run_reports.seen(campaign, NOON))
    assert fault is not None
    assert fault.step == "audience"
    make.agreed(make.customer())
    assert checks.foreseen(campaign, dry_run_reports.seen(campaign, NOON)) is None


def test_a_launch_freezes_the_content_and_the_rule() -> None:
    campaign = make.ready()
    campaign.exclusions.add(make.segment("FR"))
    run = launched(campaign)
    campaign.message.contents.update(subject="Etwas anderes")
    Segment.objects.update(rule=make.rule("AT"))
    run.refresh_from_db()
    assert run.rule == {"rule": make.rule("DE"), "exclusions": [make.rule("FR")]}
    assert "Hallo" in run.version.contents.get(language="de").subject
    assert (run.due_at, run.state) == (NOON, Occurrence.State.WAITING)
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING


def test_a_launch_for_later_waits_for_its_wall_time() -> None:
    campaign = make.ready(when="later", wall_time=datetime.fromisoformat("2026-12-24T18:00+00:00"))
    run = launched(campaign)
    assert run.due_at == datetime.fromisoformat("2026-12-24T17:00+00:00")
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.SCHEDULED


def test_launching_again_gives_the_same_run() -> None:
    campaign = make.ready()
    seen, user = approval.digest(campaign), make.user()
    first = launch.launch(campaign.pk, user, NOON, seen=seen)
    again = launch.launch(campaign.pk, user, NOON + timedelta(seconds=1), seen=seen)
    colleague = launch.launch(campaign.pk, make.user(), NOON + timedelta(minutes=1), seen="whatever")
    assert first == again == colleague
    assert AuditEntry.objects.filter(action="campaign.launched").count() == 1


def test_what_has_changed_since_the_page_was_opened_is_not_launched() -> None:
    campaign = make.ready()
    seen = approval.digest(campaign)
    campaign.message.contents.filter(language="en").update(subject="New")
    with pytest.raises(Stale):
        launch.launch(campaign.pk, make.user(), NOON, seen=seen)


@pytest.mark.parametrize("role", ["analyst", "approver", "store_manager"])
def test_only_who_may_launch_can(role: str) -> None:
    campaign, user = make.ready(), make.user(role)
    with pytest.raises(PermissionDenied):
        launch.launch(campaign.pk, user, NOON, seen=approval.digest(campaign))
    for act in (launch.pause, launch.resume, launch.cancel, launch.take_back, launch.start_late):
        with pytest.raises(PermissionDenied):
            act(campaign.pk, user, NOON)


@pytest.mark.fault("F24")
def test_a_launched_campaign_cannot_be_edited_or_deleted() -> None:
    campaign = make.ready()
    launched(campaign)
    user = make.user()
    with pytest.raises(Refused), drafts.editing(campaign.pk, None, user):
        pass
    with pytest.raises(Refused):
        drafts.delete(campaign.pk, user, NOON)


def test_what_waits_for_its_time_can_be_taken_back_and_changed() -> None:
    campaign = make.ready(when="later", wall_time=NOON + timedelta(days=1))
    launched(campaign)
    user = make.user()
    launch.take_back(campaign.pk, user, NOON)
    with drafts.editing(campaign.pk, None, user) as draft:
        draft.name = "Other"
    campaign.refresh_from_db()
    assert (campaign.state, campaign.name) == (Campaign.State.DRAFT, "Other")
    launched(campaign)
    assert Occurrence.objects.count() == 1


@pytest.mark.fault("F24")
def test_an_editor_left_open_changes_nothing_after_the_launch_until_it_is_taken_back() -> None:
    campaign, user = make.ready(when="later", wall_time=NOON + timedelta(days=1)), make.user()
    content = campaign.message.contents.get(language="de")

    def type_on(subject: str) -> None:
        with contents.editing(content.pk, content.revision, user) as draft:
            contents.set_frame(draft, subject, "")

    launched(campaign)
    assert not Delivery.objects.exists()
    with pytest.raises(contents.Locked, match="take it back"):
        type_on("Too late")
    launch.take_back(campaign.pk, user, NOON)
    type_on("In time")
    campaign.refresh_from_db()
    assert launched(campaign).version.contents.get(language="de").subject == "In time"


def test_what_has_begun_cannot_be_taken_back() -> None:
    campaign = make.ready()
    run = launched(campaign)
    Occurrence.objects.filter(pk=run.pk).update(state=Occurrence.State.SENDING)
    with pytest.raises(Refused):
        launch.take_back(campaign.pk, make.user(), NOON)


def test_pause_resume_and_cancel_go_through_the_message_and_cancel_is_final() -> None:
    campaign, user = make.ready(), make.user()
    launched(campaign)
    for _again in range(2):
        launch.pause(campaign.pk, user, NOON)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.message.paused_at) == (Campaign.State.PAUSED, NOON)
    launch.resume(campaign.pk, user, NOON)
    campaign.message.refresh_from_db()
    assert campaign.message.paused_at is None
    person = make.delivery(campaign, make.customer(), state=Delivery.State.PLANNED)
    launch.cancel(campaign.pk, user, NOON)
    person.refresh_from_db()
    campaign.refresh_from_db()
    assert (campaign.state, person.state) == (Campaign.State.CANCELLED, Delivery.State.CANCELLED)
    for act in (launch.resume, launch.pause, launch.cancel):
        with pytest.raises(Refused):
            act(campaign.pk, user, NOON)
    with pytest.raises(Refused):
        launched(campaign)


def test_a_copy_is_a_draft_without_a_time() -> None:
    campaign = make.ready(when="later", wall_time=NOON + timedelta(days=1))
    campaign.exclusions.add(make.segment("AT"))
    launched(campaign)
    copy = drafts.duplicate(campaign, make.user())
    assert (copy.state, copy.when, copy.wall_time) == (Campaign.State.DRAFT, "", None)
    assert copy.exclusions.count() == 1
    assert copy.message.contents.count() == 2
    assert not copy.occurrences.exists()


def test_the_second_of_two_editors_is_told() -> None:
    campaign, user = make.ready(), make.user()
    with drafts.editing(campaign.pk, 0, user) as draft:
        draft.name = "First"
    with pytest.raises(Stale), drafts.editing(campaign.pk, 0, user) as draft:
        draft.name = "Second"
    campaign.refresh_from_db()
    assert (campaign.name, campaign.revision) == ("First", 1)
