"""The pages of segments: draft, save, conflict, delete, export, and what a reader without rights sees."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from channels.models import Message
from customers.models import AuditEntry, Segment, SegmentDraft
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = pytest.mark.django_db
GERMAN = {"all": [{"condition": "language", "params": {"languages": ["de"]}}]}
FORM = {
    "name": "Germans",
    "description": "",
    "r.kind": "all",
    "r-0.condition": "language",
    "r-0.languages": "de",
}
FRAGMENT: Any = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "segment-result"}


@pytest.fixture
def segment() -> Segment:
    return SegmentFactory(name="Germans", rule=GERMAN)


def page(segment: Segment) -> str:
    return reverse("segment_edit", args=[segment.pk])


def test_a_segment_is_built_and_saved(marketer: Client) -> None:
    CustomerFactory(language="de", first_name="Erna", last_name="Ernst")
    new = reverse("segment_create")
    assert "No condition yet" in marketer.get(new).content.decode()
    marketer.post(new, {"name": "Germans", "r.kind": "all", "action": "add:r:language"})
    text = marketer.post(new, FORM | {"action": "show:r"}).content.decode()
    assert "the language is German" in text
    assert "Erna Ernst" in text
    assert not Segment.objects.exists()
    answer = marketer.post(new, FORM | {"action": "save"})
    saved = Segment.objects.get()
    assert answer.url == page(saved)  # type: ignore[attr-defined]
    assert (saved.name, saved.rule, saved.revision, saved.last_count) == ("Germans", GERMAN, 1, 1)
    assert saved.updated_by == marketer.user  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(action="segment.added").count() == 1
    assert not SegmentDraft.objects.exists()


def test_a_draft_survives_leaving_and_changes_nothing_yet(marketer: Client, segment: Segment) -> None:
    marketer.post(page(segment), FORM | {"r-0.languages": "en", "action": "show:r"}, **FRAGMENT)
    assert "the language is English" in marketer.get(page(segment)).content.decode()
    segment.refresh_from_db()
    assert segment.rule == GERMAN
    marketer.post(reverse("segment_discard"), {"segment": segment.pk})
    assert "the language is German" in marketer.get(page(segment)).content.decode()


def test_an_open_place_is_named_and_cannot_be_saved(marketer: Client, segment: Segment) -> None:
    form = FORM | {"r-0.languages": ""}
    text = marketer.post(page(segment), form | {"action": "show:r"}, **FRAGMENT).content.decode()
    assert 'id="faults-r-0" hx-swap-oob="true"' in text
    assert "Choose at least one." in text
    assert "One place is still open" in text
    assert "not complete yet" in marketer.post(page(segment), form | {"action": "save"}).content.decode()
    segment.refresh_from_db()
    assert segment.rule == GERMAN


def test_a_name_is_needed_and_taken_once(marketer: Client, segment: Segment) -> None:
    new = reverse("segment_create")
    assert "needs a name" in marketer.post(new, FORM | {"name": " ", "action": "save"}).content.decode()
    assert (
        "has this name" in marketer.post(new, FORM | {"name": "GERMANS", "action": "save"}).content.decode()
    )
    assert Segment.objects.count() == 1


def test_the_second_of_two_editors_is_told(sign_in: Callable[..., Client], segment: Segment) -> None:
    first, second = sign_in("marketer", first_name="Mara"), sign_in("marketer", first_name="Nils")
    change = FORM | {"r-0.languages": "en"}
    second.post(page(segment), change | {"action": "show:r"}, **FRAGMENT)
    assert "Nils" in first.get(page(segment)).content.decode()
    first.post(page(segment), FORM | {"name": "Theirs", "action": "save"})
    text = second.post(page(segment), change | {"action": "save"}).content.decode()
    assert "Mara" in text
    assert "after these changes were begun" in text
    segment.refresh_from_db()
    assert (segment.name, segment.revision) == ("Theirs", 1)
    second.post(page(segment), change | {"action": "overwrite"})
    segment.refresh_from_db()
    assert (segment.name, segment.revision) == ("Germans", 2)


def test_a_change_that_arrives_late_does_not_undo_a_later_one(marketer: Client, segment: Segment) -> None:
    def change(language: str, page_id: str, turn: int) -> Any:
        form = FORM | {"r-0.languages": language, "action": "show:r", "page": page_id, "turn": str(turn)}
        marketer.post(page(segment), form, **FRAGMENT)
        return SegmentDraft.objects.get().rule["all"][0]["params"]["languages"]

    assert change("en", "1-1-1", 2) == ["en"]
    assert change("fr", "1-1-1", 1) == ["en"]
    assert change("fr", "1-1-1", 3) == ["fr"]
    assert change("nl", "2-2-2", 1) == ["nl"]  # another window, opened later
    assert change("it", "odd; page", 0) == ["it"]


def test_a_page_that_was_open_before_a_colleague_saved_overwrites_nothing(
    marketer: Client, segment: Segment
) -> None:
    Segment.objects.update(name="Theirs", revision=7)
    text = marketer.post(page(segment), FORM | {"action": "save", "revision": "6"}).content.decode()
    assert "after these changes were begun" in text
    segment.refresh_from_db()
    assert (segment.name, segment.revision) == ("Theirs", 7)


@pytest.mark.parametrize("use", ["segment", "exclusions"])
def test_a_segment_in_use_is_not_deleted(marketer: Client, segment: Segment, use: str) -> None:
    campaign = Campaign.objects.create(name="Spring", message=Message.objects.create())
    if use == "segment":
        Campaign.objects.update(segment=segment)
    else:
        campaign.exclusions.add(segment)
    url = reverse("segment_delete", args=[segment.pk])
    assert "Spring" in marketer.get(url).content.decode()
    marketer.post(url)
    assert Segment.objects.filter(pk=segment.pk).exists()
    campaign.delete()
    assert marketer.post(url).status_code == 302
    assert not Segment.objects.exists()


def test_members_are_exported(marketer: Client, segment: Segment) -> None:
    CustomerFactory(first_name="=Erna", language="de")
    CustomerFactory(first_name="Jane", language="en")
    text = b"".join(marketer.get(reverse("segment_export", args=[segment.pk]))).decode()  # type: ignore[arg-type]
    assert "'=Erna" in text
    assert "Jane" not in text
    assert AuditEntry.objects.filter(action="segment.exported").count() == 1


def test_an_analyst_reads_and_cannot_write(analyst: Client, segment: Segment) -> None:
    CustomerFactory(language="de", first_name="Erna", last_name="Ernst")
    text = analyst.get(page(segment)).content.decode()
    assert "the language is German" in text
    assert "Save segment" not in text
    assert "Ernst" not in text
    assert analyst.post(page(segment), FORM | {"action": "save"}).status_code == 403


def test_values_are_suggested(marketer: Client) -> None:
    CustomerFactory(city="Hamburg")
    CustomerFactory(city="Hannover")
    ask = {"condition": "city", "field": "cities", "place": "r-0", "q": "ham"}
    text = marketer.get(reverse("segment_suggest"), ask).content.decode()
    assert 'value="choose:r-0:cities:Hamburg"' in text
    assert "Hannover" not in text
    assert "choose:r-0:cities:ham" in text
    for wrong in ({"condition": "password"}, {"field": "city"}, {"place": "r-0;"}):
        assert marketer.get(reverse("segment_suggest"), ask | wrong).status_code == 404


def test_a_broken_stored_rule_opens_and_matches_nobody(marketer: Client) -> None:
    for number, rule in enumerate([[], {"all": 7}, {"condition": "gone", "params": {}}, {"x": {}}, "all"]):
        broken = SegmentFactory(name=f"Broken {number}", rule=rule)
        assert marketer.get(page(broken)).status_code == 200
    assert marketer.get(reverse("segment_list")).status_code == 200


def test_a_broken_form_is_answered(marketer: Client, segment: Segment) -> None:
    strange = {"name": "a\0b", "r.kind": "nonsense", "r-0.condition": "x" * 3000, "r-0-0-0.kind": "all"}
    for action in (
        "save",
        "overwrite",
        "add:r:nothing",
        "choose:r-0:languages:\ud800".encode(errors="replace").decode(),
    ):
        assert marketer.post(page(segment), strange | {"action": action}).status_code == 200


def test_after_saving_she_is_led_back_to_where_she_came_from(marketer: Client) -> None:
    new, back = reverse("segment_create"), reverse("segment_list") + "?q=a"
    page = marketer.get(new, {"next": back}).content.decode()
    assert f'name="next" value="{back}"' in page
    form = FORM | {"next": back}
    assert f'value="{back}"' in marketer.post(new, form | {"name": "", "action": "save"}).content.decode()
    answer = marketer.post(new, form | {"action": "save"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"{back}&segment={Segment.objects.get().pk}"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)",
     "http:///evil.example", "/no/such/page/", "segments/", "http://testserver/segments/"],
)  # fmt: skip
def test_she_is_never_led_elsewhere(marketer: Client, target: str) -> None:
    new = reverse("segment_create")
    assert (
        'type="hidden" name="next" value'
        not in (marketer.get(new, {"next": target}).content.decode().split('id="segment-form"')[1])
    )
    answer = marketer.post(new, FORM | {"next": target, "action": "save"})
    assert answer["Location"] == page(Segment.objects.get())
