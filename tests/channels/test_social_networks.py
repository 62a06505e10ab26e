"""What each network takes, how it counts, what it is told, and what its answers mean."""

from collections.abc import Iterator
from typing import Any

import pytest

from channels.models import SocialAccount
from channels.networks import sandbox, web
from channels.networks.base import Call, Kind, Outcome, Presence, Text
from channels.social import accounts, tracked
from tests.channels import social
from tests.channels.social import NOW
from tests.config.test_http import HOSTILE
from tests.factories import UserFactory
from tests.servers.social import BOARD, PAGE, PICTURE, TOKEN, Networks

NETWORKS = ("facebook", "instagram", "x", "pinterest")
pytestmark = pytest.mark.django_db


class Free:
    """A hand that holds nothing back."""

    kept = ""

    def keep(self, prepared: str) -> None:
        self.kept = prepared

    def go(self) -> None:
        pass


@pytest.fixture
def server(settings: Any) -> Iterator[Networks]:
    with Networks() as opened:
        settings.OUTGOING_HOSTS = [f"127.0.0.1:{opened.server_port}"]
        settings.PUBLIC_URL = "https://shop.example"
        yield opened


def made(server: Networks, network: str, monkeypatch: pytest.MonkeyPatch, **secrets: str) -> SocialAccount:
    where = social.account(network, server)
    for name, value in ({"TOKEN": TOKEN} | secrets).items():
        monkeypatch.setenv(f"SOCIAL_{where.pk}_{name}", value)
    return where


def published(where: SocialAccount, server: Networks, **fields: str) -> Outcome:
    said = {
        "text": "Advent",
        "title": "Titel",
        "link": "https://shop.example/s/abc/",
        "picture": f"{server.url}/picture.jpg",
        "alt": "Ein Kranz",
    }
    line = sandbox.connect(where)
    try:
        return line.publish(Call(7, Text(**(said | fields))), Free())
    finally:
        line.close()


# --- What they are told ---


def test_facebook_gets_a_photo_with_the_link_in_its_text(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = published(made(server, "facebook", monkeypatch), server)
    assert (outcome.kind, outcome.provider_id) == (Kind.POSTED, f"{PAGE}_1000")
    assert server.calls == [("POST", f"/v25.0/{PAGE}/photos")]
    said = server.log[0][3]
    assert said["caption"] == "Advent\n\nhttps://shop.example/s/abc/"
    assert (said["url"], said["alt_text_custom"]) == (f"{server.url}/picture.jpg", "Ein Kranz")


def test_facebook_gets_a_link_without_a_picture(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    published(made(server, "facebook", monkeypatch), server, picture="")
    assert server.calls == [("POST", f"/v25.0/{PAGE}/feed")]
    said = server.log[0][3]
    assert (said["message"], said["link"]) == ("Advent", "https://shop.example/s/abc/")


def test_instagram_gets_it_in_two_steps_and_keeps_the_first(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, hand = made(server, "instagram", monkeypatch), Free()
    line = sandbox.connect(where)
    said = Text("Advent", picture="https://a.example/a.jpg", alt="Ein Kranz")
    outcome = line.publish(Call(7, said), hand)
    assert (outcome.kind, hand.kept) == (Kind.POSTED, "c1")
    assert outcome.permalink == "https://www.instagram.com/p/1000/"
    assert server.log[0][3]["image_url"] == "https://a.example/a.jpg"
    assert server.log[0][3]["alt_text"] == "Ein Kranz"
    again = line.publish(Call(7, said, prepared="c1"), hand)
    assert (again.kind, again.provider_id, len(server.log)) == (Kind.POSTED, "1000", 1)


@pytest.mark.parametrize(
    ("status", "kind", "reason", "kept"),
    [
        ("IN_PROGRESS", Kind.LINE, "preparing", "c1"),
        ("EXPIRED", Kind.LINE, "preparing", ""),
        ("ERROR", Kind.CONTENT, "content", "c1"),
    ],
)
def test_a_container_that_is_not_ready_is_not_published(
    server: Networks, monkeypatch: pytest.MonkeyPatch, status: str, kind: Kind, reason: str, kept: str
) -> None:
    monkeypatch.setattr("channels.networks.instagram.PAUSE", 0)
    server.containers["c1"] = {"status": status, "caption": "Advent"}
    hand = Free()
    hand.kept = "c1"
    line = sandbox.connect(made(server, "instagram", monkeypatch))
    outcome = line.publish(Call(7, Text("Advent", picture="p"), "c1"), hand)
    assert (outcome.kind, outcome.reason, hand.kept, server.log) == (kind, reason, kept, [])


def test_x_gets_the_pictures_bytes_and_a_signature(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"CONSUMER_KEY": "k", "CONSUMER_SECRET": "consumer secret", "TOKEN_SECRET": "token secret"}
    where, hand = made(server, "x", monkeypatch, **keys), Free()
    line = sandbox.connect(where)
    link = "https://shop.example/s/abc/"
    outcome = line.publish(Call(7, Text("Advent", "", link, f"{server.url}/picture.jpg", "Kranz")), hand)
    assert (outcome.kind, hand.kept) == (Kind.POSTED, "77")
    assert server.log[0][3] == {"text": f"Advent\n{link}", "media": {"media_ids": ["77"]}}
    paths = [path for _method, path in server.calls]
    assert paths == ["/2/media/upload", "/2/media/metadata", "/2/tweets"]
    assert line.find(Call(7, Text("", link=link)), NOW).presence is Presence.HERE
    monkeypatch.setenv(f"SOCIAL_{where.pk}_TOKEN_SECRET", "wrong")
    assert published(where, server).reason == "token_expired"


def test_pinterest_gets_a_pin(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    published(made(server, "pinterest", monkeypatch), server)
    assert server.log[0][3] == {
        "board_id": BOARD,
        "title": "Titel",
        "description": "Advent",
        "link": "https://shop.example/s/abc/",
        "alt_text": "Ein Kranz",
        "media_source": {"source_type": "image_url", "url": f"{server.url}/picture.jpg"},
    }


@pytest.mark.parametrize("url", [each for each in HOSTILE if each])
def test_a_picture_from_inside_is_never_fetched(
    server: Networks, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """The form asks before; a row that got past it is stopped at the door."""
    outcome = published(made(server, "x", monkeypatch), server, picture=url.format(port=8443))
    assert (outcome.kind, outcome.reason, outcome.field) == (Kind.CONTENT, "picture_away", "picture")
    assert server.calls == []


def test_a_picture_that_is_none_or_too_large_is_told(
    server: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = made(server, "x", monkeypatch)
    assert published(where, server, picture=f"{server.url}/v5/boards/{BOARD}").field == "picture"
    monkeypatch.setattr(web, "LARGEST_PICTURE", len(PICTURE) - 1)
    assert published(where, server).reason == "picture_away"
    assert server.log == []


@pytest.mark.parametrize("network", NETWORKS)
def test_answers_that_are_none_leave_doubt_and_no_exception(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    where = made(server, network, monkeypatch)
    for body in (b"[]", b"null", b"[" * 100_000, b'{"data": 7, "items": {}, "id": {}}', b"\xff"):
        answered = lambda self, status, said, headers=None, body=body: self.answer(200, body, "x/y")  # noqa: E731
        monkeypatch.setattr("tests.servers.social.Handler.json", answered)
        line = sandbox.connect(where)
        call = Call(7, Text("a", "", "https://l.example", f"{server.url}/picture.jpg"), "c1")
        assert line.publish(call, Free()).kind in (Kind.UNKNOWN, Kind.POSTED, Kind.LINE)
        assert line.find(call, NOW).presence is Presence.CANNOT
        line.close()


# --- Who are you ---


@pytest.mark.parametrize(
    ("network", "name"),
    [
        ("facebook", "Kaufhaus Linden"),
        ("instagram", "kaufhaus.linden"),
        ("x", "@linden"),
        ("pinterest", "Wohnen"),
    ],
)
def test_the_test_asks_for_the_name(
    server: Networks, monkeypatch: pytest.MonkeyPatch, network: str, name: str
) -> None:
    where = made(server, network, monkeypatch)
    assert accounts.test(where, UserFactory(), NOW) == name
    assert (where.page_name, where.tested_at) == (name, NOW)
    server.expired = True
    answer = accounts.test(where, UserFactory(), NOW)
    assert isinstance(answer, Outcome)
    assert answer.reason == "token_expired"
    assert server.log == []


def test_a_secret_that_is_missing_is_named(server: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    where = social.account("facebook", server)
    answer = accounts.test(where, UserFactory(), NOW)
    assert isinstance(answer, Outcome)
    assert answer.detail == f"SOCIAL_{where.pk}_TOKEN"
    half = made(server, "x", monkeypatch, CONSUMER_KEY="k")
    assert accounts.test(half, UserFactory(), NOW).detail == f"SOCIAL_{half.pk}_CONSUMER_SECRET"  # type: ignore[union-attr]


def test_the_link_of_a_post_is_the_same_at_every_try(server: Networks) -> None:
    post = social.post(social.account())
    assert tracked.address(post) == tracked.address(post)
    assert tracked.address(post).startswith("https://shop.example/s/")
