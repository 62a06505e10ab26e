"""The builder: a draft saved at every change, the second editor told, faults at their place."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import approval, drafts, explanations, launch, running
from campaigns.models import Approval, Campaign, Occurrence
from channels.models import Delivery, Message, Topic
from customers.models import AuditEntry, Segment
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def page(name: str, campaign: Campaign) -> str:
    return reverse(f"campaign_{name}", args=[campaign.pk])


def seen_on(client: Client, campaign: Campaign) -> str:
    """The digest that the review's button would send."""
    return str(client.get(page("outcomes", campaign)).context["seen"])


def step_states(client: Client, name: str, campaign: Campaign) -> list[str]:
    return [step.state for step in client.get(page(name, campaign)).context["steps"]]


def test_a_new_campaign_begins_with_its_audience(marketer: Client) -> None:
    make.sender()
    response = marketer.post(reverse("campaign_create"), {"name": "Advent"})
    campaign = Campaign.objects.get()
    assert response["Location"] == page("audience", campaign)
    assert (campaign.name, campaign.message.sender) == ("Advent", make.sender())


def test_a_change_is_saved_as_a_draft_and_answers_only_what_changed(marketer: Client) -> None:
    campaign, segment, without = make.ready(segment=None), make.segment(), make.segment("AT")
    data = {"name": "Neu", "segment": segment.pk, "exclusions": [without.pk], "revision": 0}
    response = marketer.post(page("audience", campaign), data, headers=HTMX)
    campaign.refresh_from_db()
    assert (campaign.name, campaign.segment, campaign.revision) == ("Neu", segment, 1)
    assert list(campaign.exclusions.all()) == [without]
    text = response.content.decode()
    assert 'id="revision" value="1"' in text
    assert "<html" not in text


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(marketer: Client) -> None:
    campaign = make.ready(name="Mine")
    data = {"name": "First", "segment": campaign.segment_id, "revision": 0}
    marketer.post(page("audience", campaign), data, headers=HTMX)
    response = marketer.post(page("audience", campaign), data | {"name": "Second"}, headers=HTMX)
    campaign.refresh_from_db()
    assert campaign.name == "First"
    assert "Somebody else has changed this campaign" in response.content.decode()


def test_a_second_campaign_of_a_name_is_made_with_a_hint(marketer: Client) -> None:
    first = make.campaign(name="Advent")
    marketer.post(reverse("campaign_create"), {"name": "advent"})
    second = Campaign.objects.exclude(pk=first.pk).get()
    text = marketer.get(page("audience", second)).content.decode()
    assert "There is a campaign of that name already" in text
    assert page("review", first).removesuffix("review/") in text
    renamed = {"name": "Advent 2026", "segment": make.segment().pk, "revision": 0}
    answer = marketer.post(page("audience", second), renamed, headers=HTMX).content.decode()
    assert 'id="namesake"' in answer
    assert "of that name already" not in answer


def test_a_segment_made_on_the_way_comes_back_chosen(marketer: Client) -> None:
    campaign, other = make.ready(), make.segment("AT")
    audience = page("audience", campaign)
    link = re.search(r'href="([^"]+\?next=[^"]+)"', marketer.get(audience).content.decode())
    assert link
    assert f'name="next" value="{audience}"' in marketer.get(link[1]).content.decode()
    proposed = marketer.get(audience, {"segment": other.pk}).content.decode()
    assert f'name="segment" value="{other.pk}" checked' in proposed
    assert 'hx-trigger="load, change' in proposed
    campaign.refresh_from_db()
    assert campaign.segment != other
    saved = marketer.post(audience, {"name": "A", "segment": other.pk, "revision": 0}, headers=HTMX)
    assert saved["HX-Replace-Url"] == audience
    assert 'hx-trigger="load, change' not in marketer.get(audience).content.decode()


@pytest.mark.parametrize("proposed", ["0", "x", "-1", "9" * 30, "1\0"])
def test_a_strange_proposal_leaves_the_choice_as_it_is(marketer: Client, proposed: str) -> None:
    campaign = make.ready()
    response = marketer.get(page("audience", campaign), {"segment": proposed})
    assert response.context["chosen"] == campaign.segment_id


@pytest.mark.parametrize("step", ["audience", "content", "time", "outcomes"])
def test_a_reader_of_german_gets_numbers_that_browser_and_form_understand(
    sign_in: Callable[..., Client], step: str
) -> None:
    german, campaign = sign_in("marketer", language="de"), make.ready(segment=make.segment(pk=12_345))
    Campaign.objects.update(revision=1_234)
    for _number in range(4):  # without consent: shares of three and four sevenths
        make.customer()
    text = german.get(page(step, campaign)).content.decode()
    assert re.findall(r'[\w-]+="-?\d+,\d+"', text) == []
    assert re.findall(r'value="\d+[.,]\d{3}"', text) == []
    answer = german.post(page("audience", campaign), {"name": "A", "revision": 1_234}, headers=HTMX)
    assert 'id="revision" value="1235"' in answer.content.decode()


def test_without_scripts_a_step_is_saved_and_leads_to_the_next(marketer: Client) -> None:
    campaign, topic = make.ready(), make.topic("sale")
    data = {"sender": campaign.message.sender_id, "topic": topic.pk, "revision": 0}
    response = marketer.post(page("content", campaign), data)
    assert response["Location"] == page("time", campaign)
    campaign.message.refresh_from_db()
    assert campaign.message.topic == Topic.objects.get(key="sale")


def test_the_time_is_kept_as_the_clock_on_the_wall(marketer: Client) -> None:
    campaign = make.ready()
    data = {
        "when": "later",
        "day": "2027-03-28",
        "clock": "02:30",
        "time_zone": "Europe/Berlin",
        "attribution_days": 14,
        "priority": 5,
        "allowed_days": list(range(7)),
        "revision": 0,
    }
    response = marketer.post(page("time", campaign), data, headers=HTMX)
    campaign.refresh_from_db()
    assert campaign.wall_time is not None
    assert f"{campaign.wall_time:%Y-%m-%d %H:%M}" == "2027-03-28 02:30"
    text = response.content.decode()
    assert "this time does not exist" in text
    assert "01:00</time> UTC" in text


def test_the_live_count_says_how_many_and_how_many_are_left_out(marketer: Client) -> None:
    campaign = make.ready(people=4)
    make.customer(country="AT")
    campaign.segment = make.segment(rule={"any": [make.rule("DE"), make.rule("AT")]})
    campaign.save()
    campaign.exclusions.add(make.segment("AT"))
    text = " ".join(marketer.get(page("count", campaign)).content.decode().split())
    assert "<strong>4</strong>" in text
    assert "<dd>5</dd>" in text
    assert "<dd>−1</dd>" in text


def test_the_review_counts_everybody_and_each_count_opens_its_people(marketer: Client) -> None:
    campaign = make.ready(people=2)
    silent = make.customer(last_name="Schweiger")
    response = marketer.get(page("outcomes", campaign))
    rows = {row.label: (row.number, row.url) for row in response.context["rows"]}
    assert rows["will get it"][0] == 2
    number, url = rows["not sent: no consent"]
    assert number == 1
    assert silent.name in marketer.get(url).content.decode()
    assert "Send to 2 people" in " ".join(response.content.decode().split())


def test_while_no_topic_is_chosen_nobody_is_said_to_have_refused_one(marketer: Client) -> None:
    campaign = make.ready(people=0)
    person = make.customer()
    make.agreed(person, about=campaign.message.topic)
    Message.objects.update(topic=None)
    [row] = marketer.get(page("outcomes", campaign)).context["rows"]
    assert row.label == "not sent: no consent"
    texts = [str(row.why), marketer.get(row.url).content.decode()]
    texts += [str(each.mend) for each in explanations.about(person, campaign.name, NOON)[0].reasons]
    assert len(texts) == 3
    for text in texts:
        assert "No topic is chosen yet" in text
        assert "this topic" not in text


def test_an_analyst_sees_the_people_without_their_names(analyst: Client) -> None:
    campaign = make.ready(people=0)
    make.customer(last_name="Geheim", email="geheim@example.org")
    url = page("outcome_people", campaign) + "?state=withheld&reason=no_consent"
    text = analyst.get(url).content.decode()
    assert "Geheim" not in text
    assert "geheim@" not in text


def test_a_fault_stands_in_the_steps_and_in_the_review_with_the_way_to_its_place(marketer: Client) -> None:
    campaign = make.ready()
    campaign.message.contents.filter(language="de").update(subject="{{ wrong")
    response = marketer.get(page("review", campaign))
    (fault, url) = response.context["faults"][0]
    assert fault.step == "content"
    assert url.startswith(page("content", campaign) + "?channel=email&language=de")
    assert [step.state for step in response.context["steps"]] == ["done", "faulty", "done", "here"]
    assert "disabled" in marketer.get(page("outcomes", campaign)).content.decode()


def test_the_button_launches_once_however_often_it_is_pressed(marketer: Client) -> None:
    campaign = make.ready(people=2)
    seen = seen_on(marketer, campaign)
    for _press in range(3):
        response = marketer.post(page("launch", campaign), {"seen": seen})
        assert response["Location"] == page("running", campaign)
    assert Occurrence.objects.count() == 1


def test_what_goes_out_at_once_is_asked_about_with_its_people_and_channels(marketer: Client) -> None:
    campaign = make.ready(people=2, name="Advent")
    outcomes = marketer.get(page("outcomes", campaign)).content.decode()
    link = re.search(r'href="([^"]+)" data-dialog>.*?Send to 2', outcomes, re.DOTALL)
    assert link
    question = marketer.get(link[1], headers=HTMX).content.decode()
    for words in ("Send “Advent” at once?", "It goes out now by E-mail.", "Send to 2 people"):
        assert words in question
    assert not Occurrence.objects.exists()
    seen = re.search(r'name="seen" value="(\w+)"', question)
    assert seen
    marketer.post(link[1], {"seen": seen[1]})
    assert Occurrence.objects.count() == 1
    assert marketer.get(link[1])["Location"] == page("review", campaign)


def test_what_is_set_for_later_is_not_asked_about_since_it_can_be_taken_back(marketer: Client) -> None:
    later = timezone.now() + timedelta(days=3)
    campaign = make.ready(people=2, when="later", wall_time=later)
    outcomes = marketer.get(page("outcomes", campaign)).content.decode()
    assert "Schedule for 2 people" in " ".join(outcomes.split())
    assert "data-dialog" not in outcomes
    assert marketer.get(page("launch", campaign))["Location"] == page("review", campaign)


def test_the_time_is_to_do_until_somebody_has_said_it(marketer: Client) -> None:
    """The page offers to send at once; going on from there is a word, too."""
    marketer.post(reverse("campaign_create"), {"name": "Advent"})
    campaign = Campaign.objects.get()
    assert step_states(marketer, "audience", campaign) == ["here", "todo", "todo", "todo"]
    review = marketer.get(page("review", campaign))
    assert "Nobody has said yet when it goes out" in review.content.decode()
    form = marketer.get(page("time", campaign)).context["form"]
    assert form["when"].value() == "now"
    said = {name: form[name].value() for name in ("when", "time_zone", "attribution_days", "priority")}
    marketer.post(page("time", campaign), said | {"allowed_days": list(range(7)), "revision": 0})
    assert step_states(marketer, "audience", campaign) == ["here", "todo", "done", "todo"]
    copy = drafts.duplicate(Campaign.objects.get(), make.user())
    assert step_states(marketer, "audience", copy) == ["here", "todo", "todo", "todo"]


def test_importance_days_and_expiry_are_kept_and_copied_and_void_an_approval(marketer: Client) -> None:
    campaign = make.ready()
    seen = approval.digest(campaign)
    data = {
        "when": "now",
        "time_zone": "Europe/Berlin",
        "attribution_days": 7,
        "best_time": "on",
        "priority": 3,
        "expires_after": 12,
        "allowed_days": [0, 1],
        "any_time": "on",
        "revision": 0,
    }
    marketer.post(page("time", campaign), data, headers=HTMX)
    campaign.refresh_from_db()
    for message in (campaign.message, drafts.duplicate(campaign, make.user()).message):
        assert (message.priority, message.expires_after) == (3, timedelta(hours=12))
        assert (message.best_time, message.allowed_days) == (True, [0, 1])
        assert not message.any_time  # marketing never goes out in quiet hours
    assert approval.digest(campaign) != seen
    marketer.post(page("time", campaign), data | {"allowed_days": [], "revision": 1}, headers=HTMX)
    campaign.message.refresh_from_db()
    assert campaign.message.allowed_days == [0, 1]
    marketer.post(
        page("time", campaign), data | {"allowed_days": list(range(7)), "revision": 1}, headers=HTMX
    )
    campaign.message.refresh_from_db()
    assert campaign.message.allowed_days is None


def test_a_service_message_may_go_out_in_quiet_hours(marketer: Client) -> None:
    campaign = make.campaign(message=make.message(purpose="service"), segment=make.segment())
    assert 'name="any_time"' in marketer.get(page("time", campaign)).content.decode()
    data = {
        "when": "now",
        "time_zone": "Europe/Berlin",
        "attribution_days": 7,
        "priority": 5,
        "allowed_days": list(range(7)),
        "any_time": "on",
        "revision": 0,
    }
    marketer.post(page("time", campaign), data, headers=HTMX)
    campaign.message.refresh_from_db()
    assert campaign.message.any_time
    assert 'name="any_time"' not in marketer.get(page("time", make.campaign())).content.decode()


def test_the_review_tells_who_gets_it_later_and_lets_it_go(marketer: Client) -> None:
    """All of them wait for another day: that is no reason not to launch."""
    tomorrow = (timezone.localdate() + timedelta(days=1)).weekday()
    campaign = make.ready(people=2)
    type(campaign.message).objects.filter(pk=campaign.message_id).update(allowed_days=[tomorrow])
    response = marketer.get(page("outcomes", campaign))
    assert [(row.label, row.number) for row in response.context["rows"]] == [("waiting: not on this day", 2)]
    assert "Send to 2 people" in response.content.decode()


def test_nobody_reachable_stops_the_launch_with_a_sentence(marketer: Client) -> None:
    campaign = make.ready(people=0)
    make.customer()
    seen = seen_on(marketer, campaign)
    response = marketer.post(page("launch", campaign), {"seen": seen}, follow=True)
    assert "cannot be written to" in response.content.decode()
    assert not Occurrence.objects.exists()


def test_a_large_campaign_goes_through_two_pairs_of_hands(
    marketer: Client, sign_in: Callable[..., Client], settings: Any
) -> None:
    settings.APPROVAL_THRESHOLD = 1
    approver = sign_in("approver")
    campaign = make.ready(people=3, created_by=marketer.user)  # type: ignore[attr-defined]
    seen = seen_on(marketer, campaign)
    assert marketer.post(page("launch", campaign), {"seen": seen}).status_code == 302
    assert not Occurrence.objects.exists()
    marketer.post(page("ask", campaign), {"seen": seen})
    assert "Waits for approval" in marketer.get(page("outcomes", campaign)).content.decode()
    assert marketer.post(page("approve", campaign), {"seen": seen}).status_code == 403
    offered = approver.get(page("outcomes", campaign))
    assert "Approve, and send to 3 people" in " ".join(offered.content.decode().split())
    assert marketer.get(page("approve", campaign)).status_code == 403
    question = approver.get(page("approve", campaign), {"seen": offered.context["seen"]}).content.decode()
    assert "Send to 3 people" in question
    assert "It goes out now by E-mail." in question
    approver.post(page("approve", campaign), {"seen": offered.context["seen"]})
    assert Occurrence.objects.get().approved


def test_who_approves_a_grown_run_sees_the_people_that_it_will_write_to(
    sign_in: Callable[..., Client], settings: Any
) -> None:
    settings.APPROVAL_THRESHOLD = 2
    campaign = make.ready(people=2, when="later", wall_time=make.NOON + make.hours(5))
    run = launch.launch(campaign.pk, make.user(), make.NOON, seen=approval.digest(campaign))
    make.agreed(make.customer())
    running.tick(run.due_at)
    Segment.objects.update(rule=make.rule("AT"))
    make.agreed(make.customer(country="AT"))
    approver = sign_in("approver")
    outcomes = approver.get(page("outcomes", campaign)).context
    assert [row.number for row in outcomes["rows"]] == [3]
    people = approver.get(outcomes["rows"][0].url).context["people"]
    assert sorted(person.country for person, _name in people) == ["DE"] * 3


def test_an_edit_between_question_and_answer_has_to_be_asked_anew(
    marketer: Client, sign_in: Callable[..., Client], settings: Any
) -> None:
    settings.APPROVAL_THRESHOLD = 1
    approver = sign_in("approver")
    campaign = make.ready(people=3, created_by=marketer.user)  # type: ignore[attr-defined]
    marketer.post(page("ask", campaign), {"seen": seen_on(marketer, campaign)})
    campaign.message.contents.filter(language="en").update(subject="Changed")
    fresh = approver.get(page("outcomes", campaign)).context
    assert fresh["waiting"] is None
    approver.post(page("approve", campaign), {"seen": fresh["seen"]})
    assert not Occurrence.objects.exists()


def test_giving_back_needs_no_edit_and_keeps_the_words(
    marketer: Client, sign_in: Callable[..., Client], settings: Any
) -> None:
    settings.APPROVAL_THRESHOLD = 1
    approver = sign_in("approver")
    campaign = make.ready(people=3, created_by=marketer.user)  # type: ignore[attr-defined]
    marketer.post(page("ask", campaign), {"seen": seen_on(marketer, campaign)})
    approver.post(page("refuse", campaign), {"note": "Bitte kürzer."})
    assert Approval.objects.get().note == "Bitte kürzer."
    assert "Bitte kürzer." in marketer.get(page("review", campaign)).content.decode()


@pytest.mark.parametrize(("password", "runs"), [("wrong", 0), (PASSWORD, 1)])
def test_alone_the_password_is_asked_again(marketer: Client, settings: Any, password: str, runs: int) -> None:
    settings.APPROVAL_THRESHOLD = 1
    campaign = make.ready(people=3, created_by=marketer.user)  # type: ignore[attr-defined]
    seen = seen_on(marketer, campaign)
    assert "Enter your password again" in marketer.get(page("outcomes", campaign)).content.decode()
    marketer.post(page("launch_alone", campaign), {"seen": seen, "password": password})
    assert Occurrence.objects.count() == runs
    assert AuditEntry.objects.filter(action="campaign.approved_alone").count() == runs


def test_a_test_send_writes_an_audit_row_and_no_delivery(marketer: Client) -> None:
    campaign = make.ready()
    content = campaign.message.contents.get(language="de")
    marketer.post(reverse("message_test", args=[content.pk]), headers=HTMX)
    assert AuditEntry.objects.filter(action="message.tested").count() == 1
    assert not Delivery.objects.exists()


def test_drafts_are_copied_and_deleted_from_the_list_and_launched_ones_stay(marketer: Client) -> None:
    draft, launched = make.ready(), make.ready(segment=None)
    make.occurrence(launched)
    ids = [draft.pk, launched.pk]
    marketer.post(reverse("campaign_list"), {"action": "duplicate", "ids": ids})
    assert Campaign.objects.count() == 4
    chosen = {"action": "delete", "ids": ids, "confirmed": "1"}
    marketer.post(reverse("campaign_list"), chosen)
    assert not Campaign.objects.filter(pk=draft.pk).exists()
    assert Campaign.objects.filter(pk=launched.pk).exists()


def test_the_list_finds_by_name_and_audience_and_filters_by_state(marketer: Client) -> None:
    make.campaign(name="Advent", segment=make.segment(name="Köln"))
    make.campaign(name="Ostern", state="finished")
    for query, names in (
        ("q=adv", {"Advent"}),
        ("q=köln", {"Advent"}),
        ("state=finished", {"Ostern"}),
        ("", {"Advent", "Ostern"}),
    ):
        rows = marketer.get(f"{reverse('campaign_list')}?{query}").context["table"].rows
        assert {row.record.name for row in rows} == names
