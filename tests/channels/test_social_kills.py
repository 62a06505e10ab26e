"""A worker that is killed (kill -9) at any place of a post: the network's own log shows it once in the end."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from channels.models import SocialPost
from channels.social import posting
from tests.channels import social
from tests.channels.social import NOW, minutes
from tests.servers.social import TOKEN, Networks

pytestmark = pytest.mark.django_db(transaction=True)
NETWORKS = ("facebook", "instagram", "x", "pinterest")


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Networks]:
    with Networks() as opened:
        settings.OUTGOING_HOSTS = [f"127.0.0.1:{opened.server_port}"]
        settings.PUBLIC_URL = "https://shop.example"
        monkeypatch.setattr(posting, "Now", lambda: NOW)
        yield opened


def killed(work: Callable[[], Any]) -> int:
    """Run it in a process of its own; returns the signal that ended it, 0 where none did."""
    child = os.fork()
    if child == 0:
        try:
            connection.connection = None  # the parent's; a new one is opened
            work()
            connection.close()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_the_call() -> None:
    posting.Hand.go = die  # type: ignore[method-assign]
    posting.tick(lambda: NOW)


def after_the_call() -> None:
    posting.record = die  # type: ignore[assignment]
    posting.tick(lambda: NOW)


def after_what_was_made_ready() -> None:
    keep = posting.Hand.keep

    def kept(hand: posting.Hand, prepared: str) -> None:
        keep(hand, prepared)
        die()

    posting.Hand.keep = kept  # type: ignore[method-assign]
    posting.tick(lambda: NOW)


CASES = [(network, place) for network in NETWORKS for place in (before_the_call, after_the_call)]
CASES += [(network, after_what_was_made_ready) for network in ("instagram", "x")]


@pytest.mark.fault("F44")
@pytest.mark.parametrize(("network", "place"), CASES)
def test_it_is_posted_once(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str, place: Callable[[], None]
) -> None:
    where = social.account(network, server)
    monkeypatch.setenv(f"SOCIAL_{where.pk}_TOKEN", TOKEN)
    post = social.post(where, picture=f"{server.url}/picture.jpg")
    assert killed(place) == signal.SIGKILL
    assert SocialPost.objects.get().state == "calling"
    assert len(server.log) == (place is after_the_call)
    for minute in (6, 7, 10, 11, 12):
        monkeypatch.setattr(posting, "Now", lambda minute=minute: minutes(minute))
        posting.tick(lambda minute=minute: minutes(minute))
    post.refresh_from_db()
    assert (post.state, len(server.log)) == ("posted", 1)


@pytest.mark.fault("F44", control=True)
def test_a_worker_that_would_just_try_again_posts_twice(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same kill, and a sweeper that puts the post back without looking."""
    where = social.account("facebook", server)
    monkeypatch.setenv(f"SOCIAL_{where.pk}_TOKEN", TOKEN)
    social.post(where, picture="")
    assert killed(after_the_call) == signal.SIGKILL
    SocialPost.objects.update(state="scheduled")
    posting.tick(lambda: minutes(6))
    assert len(server.log) == 2
