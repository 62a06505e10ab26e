"""Builders of coupons, contests and sales keep what is entered, tell of colleagues, and save over nobody unasked."""

import contextlib
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import form_drafts, retention
from customers.models import FormDraft, User
from loyalty.models import Coupon, Sale
from tests.factories import UserFactory
from tests.loyalty import points
from tests.loyalty.coupons import coupon
from tests.loyalty.points import NOON
from tests.loyalty.test_coupon_pages import FILLED

pytestmark = pytest.mark.django_db
CHANGED = {name: value for name, value in FILLED.items() if name not in ("kind", "code")}


@pytest.fixture
def mara() -> User:
    return UserFactory(in_role="marketer", first_name="Mara", last_name="Lind")


@pytest.fixture
def jan() -> User:
    return UserFactory(in_role="marketer", first_name="Jan", last_name="Roth")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def keep(client: Client, url: str, **fields: object) -> str:
    answer = client.post(url, {"form_draft": "keep"} | fields)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_was_entered_is_there_again_until_it_is_saved(mara: User) -> None:
    client, url = signed_in(mara), reverse("coupon_create")
    assert "draft kept" in keep(client, url, name="Herb", percent="a tenth")
    assert "draft kept" in keep(client, url, name="Herbst", rule_categories="1")
    draft = client.get(url).context["draft"]
    assert draft.fields == {"name": ["Herbst"], "rule_categories": ["1"]}
    assert not Coupon.objects.exists()
    client.post(url, FILLED)
    assert client.get(url).context["draft"].fields is None
    assert not FormDraft.objects.exists()


def test_a_save_with_a_fault_is_kept_too(mara: User) -> None:
    client, url = signed_in(mara), reverse("coupon_create")
    client.post(url, FILLED | {"percent": "200"})
    assert client.get(url).context["draft"].fields["percent"] == ["200"]


def test_the_sign_nul_costs_nobody_her_words(mara: User) -> None:
    client, url = signed_in(mara), reverse("sale_create")
    keep(client, url, skus="1\x002")
    assert client.get(url).context["draft"].fields["skus"] == ["12"]
    assert client.post(url, {"name": "", "skus": "1\x003"}).status_code == 200
    assert client.get(url).context["draft"].fields["skus"] == ["13"]


def test_what_could_not_be_saved_stays(mara: User) -> None:
    """The sale was started while she was changing it."""
    sale = Sale.objects.create(name="Advent", key="advent", ends_wall=NOON, ends_at=NOON, time_zone="UTC")
    client, url = signed_in(mara), reverse("sale_edit", args=[sale.pk])
    keep(client, url, name="Advent 2", made_from="0")
    Sale.objects.update(state="open")
    assert client.post(url, {"name": "Advent 2"}).status_code == 302
    assert FormDraft.objects.get().fields["name"] == ["Advent 2"]


def test_who_saves_twice_is_not_told_of_herself(mara: User) -> None:
    url = reverse("coupon_edit", args=[coupon().pk])
    for name in ("once", "twice"):
        assert signed_in(mara).post(url, CHANGED | {"name": name, "made_from": "0"}).status_code == 302
    assert Coupon.objects.get().name == "twice"


def test_a_draft_is_thrown_away(mara: User) -> None:
    client, url = signed_in(mara), reverse("sale_create")
    keep(client, url, name="Linden am Abend")
    assert client.post(url, {"form_draft": "discard"}).url == url
    assert client.get(url).context["draft"].fields is None


def test_everybody_has_drafts_of_her_own_for_each_page(mara: User, jan: User) -> None:
    keep(signed_in(mara), reverse("contest_create"), name="Mara's")
    assert signed_in(jan).get(reverse("contest_create")).context["draft"].fields is None
    assert signed_in(mara).get(reverse("sale_create")).context["draft"].fields is None


def test_who_may_not_build_keeps_nothing() -> None:
    analyst = signed_in(UserFactory(in_role="analyst"))
    assert analyst.post(reverse("coupon_create"), {"form_draft": "keep", "name": "x"}).status_code == 403
    assert not FormDraft.objects.exists()


def test_nobody_fills_the_database_with_drafts(mara: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client, url = signed_in(mara), reverse("coupon_create")
    assert client.post(url, {"form_draft": "keep", "name": "x" * 100_001}).status_code == 413
    monkeypatch.setattr(form_drafts, "MOST", 2)
    for number in range(4):
        keep(client, f"{url}?n={number}", name="x")
    assert set(FormDraft.objects.values_list("page", flat=True)) == {f"{url}?n=2", f"{url}?n=3"}


def test_the_second_of_two_editors_is_told(mara: User, jan: User) -> None:
    made = coupon()
    url = reverse("coupon_edit", args=[made.pk])
    assert "is changing" not in keep(signed_in(mara), url, name="Mara's", made_from="0")
    page = signed_in(jan).get(url)
    assert "Mara Lind is changing this too" in page.content.decode()
    assert "Mara Lind is changing this too" in keep(signed_in(jan), url, name="Jan's", made_from="0")


def test_two_new_ones_are_not_the_same(mara: User, jan: User) -> None:
    keep(signed_in(mara), reverse("coupon_create"), name="Mara's")
    assert "is changing" not in signed_in(jan).get(reverse("coupon_create")).content.decode()


def test_what_a_colleague_saved_meanwhile_is_not_overwritten_unasked(mara: User, jan: User) -> None:
    url = reverse("coupon_edit", args=[coupon().pk])
    begun = signed_in(jan).get(url).context["draft"].made_from
    signed_in(mara).post(url, CHANGED | {"name": "Mara's", "made_from": str(begun)})
    answer = signed_in(jan).post(url, CHANGED | {"name": "Jan's", "made_from": str(begun)})
    assert "Not saved yet: Mara Lind saved this" in answer.content.decode()
    assert Coupon.objects.get().name == "Mara's"

    back = signed_in(jan).get(url)  # later: her draft, and still what it was begun from
    assert back.context["draft"].fields["name"] == ["Jan's"]
    assert "Not saved yet: Mara Lind saved this" in back.content.decode()
    over = [str(begun), str(back.context["draft"].newer.pk)]
    assert signed_in(jan).post(url, CHANGED | {"name": "Jan's", "made_from": over}).status_code == 302
    assert Coupon.objects.get().name == "Jan's"


@pytest.mark.parametrize("sent", ["", "x", "9" * 30, "²"])
def test_a_page_that_says_nothing_of_use_saves_as_before(mara: User, sent: str) -> None:
    url = reverse("coupon_edit", args=[coupon().pk])
    assert signed_in(mara).post(url, CHANGED | {"made_from": sent}).status_code == 302


def test_old_drafts_end(mara: User) -> None:
    keep(signed_in(mara), reverse("coupon_create"), name="x")
    soon = timezone.now() + timedelta(days=settings.KEEP_DAYS["form_drafts"] - 1)
    assert retention.due(soon)["form_drafts"] == 0
    retention.apply(soon + timedelta(days=2))
    assert not FormDraft.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_of_two_saves_at_once_one_is_told(
    mara: User, jan: User, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the lock (the control) both read before either has written, and the later overwrites unseen."""
    url = reverse("coupon_edit", args=[coupon().pk])
    looked, read = threading.Barrier(2), form_drafts._last_change

    def reads_and_waits(request: object, subject: Coupon) -> int:
        found = read(request, subject)
        with contextlib.suppress(threading.BrokenBarrierError):
            looked.wait(1)  # only a save that is not held up comes by here too
        return found

    monkeypatch.setattr(form_drafts, "_last_change", reads_and_waits)
    if not guarded:
        monkeypatch.setattr(form_drafts, "_lock", lambda subject: None)
    answers: list[int] = []

    def save(user: User) -> None:
        try:
            answers.append(signed_in(user).post(url, CHANGED | {"made_from": "0"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[user]) for user in (mara, jan)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sorted(answers) == ([200, 302] if guarded else [302, 302])


def test_every_builder_of_loyalty_keeps_and_shows_drafts(mara: User) -> None:
    points.program()
    pages = [reverse(name) for name in ("coupon_create", "contest_create", "sale_create", "reward_create")]
    pages += [reverse("tier_create"), f"{reverse('earning_rule_create')}?kind=rate"]
    for url in pages:
        keep(signed_in(mara), url, name="Herbst")
        page = signed_in(mara).get(url).content.decode()
        assert "not saved yet." in page, url
        assert "js/form_draft" in page, url
        assert 'id="draft-discard"' in page, url
