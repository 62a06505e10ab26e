"""F44: whatever a network does with a call, its page shows the post once, or a person is asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from threading import Barrier, BrokenBarrierError
from typing import Any, NamedTuple

import pytest
from django.db import connections, transaction
from django.db.models import QuerySet

from channels.models import SocialPost
from channels.networks.base import Lost
from channels.social import accounts, decisions, posting, posts
from customers.models import AuditEntry
from tests.channels import social
from tests.channels.social import NOW, minutes
from tests.factories import UserFactory
from tests.servers.social import MODES, TOKEN, Networks

NETWORKS = ("facebook", "instagram", "x", "pinterest")
pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Networks]:
    with Networks() as opened:
        settings.OUTGOING_HOSTS = [f"127.0.0.1:{opened.server_port}"]
        settings.PUBLIC_URL = "https://shop.example"
        monkeypatch.setattr(posting, "Now", lambda: NOW)
        yield opened


def made(server: Networks, network: str, monkeypatch: pytest.MonkeyPatch, **fields: Any) -> SocialPost:
    where = social.account(network, server)
    monkeypatch.setenv(f"SOCIAL_{where.pk}_TOKEN", TOKEN)
    return social.post(where, **({"picture": f"{server.url}/picture.jpg"} | fields))


def live(*at: float) -> None:
    """The ticks of the worker, in minutes after NOW."""
    for number in at:
        posting.tick(lambda number=number: minutes(number))


def of(post: SocialPost) -> tuple[str, str]:
    post.refresh_from_db()
    return post.state, post.reason


# What is left after half an hour of ticks: the state, and how often the network's own log shows the post.
ENDS = {
    "normal": ("posted", 1),
    "busy": ("posted", 1),
    "broken": ("posted", 1),
    "broken_after": ("posted", 1),
    "cut": ("posted", 1),
    "cut_after": ("posted", 1),
    "nonsense_after": ("posted", 1),
    "expired": ("scheduled", 0),
    "refused": ("failed", 0),
}


@pytest.mark.fault("F44")
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("mode", MODES)
def test_the_page_shows_it_once(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str, mode: str
) -> None:
    post = made(server, network, monkeypatch)
    server.modes = [mode]
    live(*range(30))
    assert (of(post)[0], len(server.log)) == ENDS[mode]
    if post.state == "posted":
        assert post.provider_id.split("_")[-1] == str(server.log[0][1])
        assert post.permalink.startswith("https://")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("mode", ["broken", "cut", "cut_after", "broken_after"])
def test_doubt_is_not_posted_again_before_it_was_looked_for(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str, mode: str
) -> None:
    post = made(server, network, monkeypatch)
    server.modes = [mode]
    live(0)
    assert of(post) == ("unknown", "no_answer")
    calls = len(server.calls)
    live(0.5)
    assert len(server.calls) == calls


@pytest.mark.fault("F44")
@pytest.mark.parametrize("network", ["facebook", "x", "pinterest"])
def test_what_appears_late_is_not_posted_twice(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    """The network took it, and its list does not show it at the first look."""
    post = made(server, network, monkeypatch)
    server.modes = ["cut_after"]
    live(0)
    taken, server.log = server.log, []
    live(1)
    assert of(post)[0] == "unknown"
    server.log = taken
    live(5, 6)
    assert of(post) == ("posted", "found")
    assert len(server.log) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_without_a_link_the_words_tell(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    post = made(server, network, monkeypatch, link="")
    monkeypatch.setattr(posting, "MARGIN", NOW - datetime(2020, 1, 1, tzinfo=NOW.tzinfo))
    server.modes = ["cut_after"]
    live(0, 1, 5, 6)
    assert of(post)[0] == "posted"
    assert len(server.log) == 1


def test_a_network_that_tells_nothing_leaves_it_to_a_person(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = made(server, "facebook", monkeypatch)
    server.modes = ["cut_after"]
    live(0)
    monkeypatch.setattr("tests.servers.social.Handler.facebook_posts", lambda self, said: self.json(500, {}))
    live(*range(1, 40))
    assert of(post)[0] == "unknown"
    assert post.look_at is None
    user = UserFactory(in_role="marketer")
    decisions.settle(post.pk, user, minutes(41), there=True)
    assert of(post) == ("posted", "settled")
    assert len(server.log) == 1
    with pytest.raises(posts.Refused):
        decisions.settle(post.pk, user, minutes(42), there=False)


def test_a_person_may_post_it_again(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    post = made(server, "instagram", monkeypatch)
    server.modes = ["cut"]
    live(0)
    decisions.settle(post.pk, UserFactory(in_role="marketer"), minutes(0.1), there=False)
    live(1)
    assert of(post)[0] == "posted"
    assert len(server.log) == 1


@pytest.mark.fault("F44")
@pytest.mark.parametrize("network", NETWORKS)
def test_an_expired_token_pauses_the_account_and_posts_once_it_goes_on(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    post = made(server, network, monkeypatch)
    other = social.post(post.account, picture=f"{server.url}/picture.jpg")
    server.modes = ["expired"]
    live(0, 1, 2)
    post.account.refresh_from_db()
    assert post.account.pause_code == "token_expired"
    assert {of(post)[0], of(other)[0]} == {"scheduled"}
    assert server.log == []
    assert AuditEntry.objects.filter(action="socialaccount.paused", user=None).count() == 1
    server.expired = False
    accounts.resume(post.account, UserFactory(), minutes(30))
    live(30)
    assert {of(post)[0], of(other)[0]} == {"posted"}
    assert len(server.log) == 2


def test_a_token_that_ends_before_the_look_up_leaves_the_doubt(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = made(server, "x", monkeypatch)
    server.modes = ["cut_after"]
    live(0)
    server.expired = True
    live(*range(1, 40))
    assert of(post)[0] == "unknown"
    server.expired = False
    accounts.resume(post.account, UserFactory(), minutes(41))
    live(41)
    assert of(post) == ("posted", "found")
    assert len(server.log) == 1


def test_a_busy_network_is_left_alone_for_as_long_as_it_asks(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = made(server, "pinterest", monkeypatch)
    server.modes = ["busy"]
    live(0)
    assert of(post) == ("scheduled", "rate")
    assert post.not_before == minutes(7 / 60)
    calls = len(server.calls)
    live(0.1)
    assert len(server.calls) == calls
    live(1)
    assert of(post)[0] == "posted"


def test_more_than_two_hours_late_needs_a_person(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    post = made(server, "facebook", monkeypatch, picture="")
    live(121)
    assert of(post) == ("scheduled", "late")
    assert server.log == []
    decisions.post_now(post.pk, UserFactory(in_role="marketer"), minutes(130))
    live(131)
    assert of(post)[0] == "posted"


def test_a_dead_workers_post_is_looked_for(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was killed after the call: the network has it, and nobody wrote that down."""
    post = made(server, "facebook", monkeypatch)
    claimed = posting.claim(NOW)
    assert claimed is not None
    line = posting.sandbox.connect(claimed.account)
    line.publish(posting.call(claimed), posting.Hand(claimed))
    monkeypatch.setattr(posting, "Now", lambda: minutes(6))
    live(6, 7)
    assert of(post) == ("posted", "found")
    assert len(server.log) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_a_worker_that_wakes_up_too_late_posts_nothing(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    made(server, network, monkeypatch)
    claimed = posting.claim(NOW)
    assert claimed is not None
    monkeypatch.setattr(posting, "Now", lambda: minutes(6))
    line = posting.sandbox.connect(claimed.account)
    with pytest.raises(Lost):
        line.publish(posting.call(claimed), posting.Hand(claimed))
    assert server.log == []


# --- Two workers at once ---


class Race(NamedTuple):
    """How often a worker took the post for its own, and how often the network's log shows it."""

    claims: int
    posted: int


def race(monkeypatch: pytest.MonkeyPatch, wait: float) -> Race:
    """Both meet after they have chosen the post and before they write that it is theirs."""
    with Networks() as server:
        monkeypatch.setattr("django.conf.settings.OUTGOING_HOSTS", [f"127.0.0.1:{server.server_port}"])
        made(server, "facebook", monkeypatch)
        meeting, before, claim, claims = Barrier(2), SocialPost.objects.filter, posting.claim, []

        def meet(*args: Any, **kwargs: Any) -> QuerySet[SocialPost]:
            if transaction.get_connection().in_atomic_block and set(kwargs) == {"pk"}:
                with suppress(BrokenBarrierError):
                    meeting.wait(wait)
            return before(*args, **kwargs)

        def counted(at: datetime) -> SocialPost | None:
            post = claim(at)
            claims.extend([post] if post else [])
            return post

        monkeypatch.setattr(SocialPost.objects, "filter", meet)
        monkeypatch.setattr(posting, "claim", counted)

        def work(_number: int) -> None:
            try:
                posting.tick(lambda: NOW)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, range(2)))
        monkeypatch.undo()
        return Race(len(claims), len(server.log))


@pytest.mark.fault("F44")
@pytest.mark.django_db(transaction=True)
def test_two_workers_post_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert race(monkeypatch, 0.5) == Race(claims=1, posted=1)


@pytest.mark.django_db(transaction=True)
def test_the_twin_without_the_row_lock_claims_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fence, looked at right before the call, mostly saves it even then."""
    monkeypatch.setattr(posting, "lock", lambda rows: rows)
    assert race(monkeypatch, 5).claims == 2


@pytest.mark.fault("F44", control=True)
@pytest.mark.django_db(transaction=True)
def test_the_twin_without_lock_and_fence_posts_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "lock", lambda rows: rows)
    monkeypatch.setattr(posting.Hand, "go", lambda self: None)
    assert race(monkeypatch, 5) == Race(claims=2, posted=2)
