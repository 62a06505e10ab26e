"""How much each network takes, how it counts, and what its errors mean."""

from typing import Any

import pytest

from channels.networks import graph, pinterest, web, x
from channels.networks.base import Kind, Text, networks


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Grüße", 5),
        ("a" * 280, 280),
        ("https://linden.example/a/very/long/path?with=much&more=of", 23),
        ("linden.example", 23),
        ("siehe https://a.de und b.de/x", 6 + 23 + 5 + 23),
        ("日本", 4),
        ("👍", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪🇦🇹", 4),
        ("❤️", 2),
        ("e\u0301", 1),  # counted as é
        ("„Ja“ – nein …", 14),
        ("anna@linden.example", 19),
        ("Ende. Neuer Satz", 16),
        ("€", 2),
    ],
)
def test_x_counts_by_weight(text: str, weight: int) -> None:
    assert x.weight(text) == weight


@pytest.mark.parametrize(
    ("network", "fits", "too_long"),
    [
        ("facebook", Text("a" * 63_206), Text("a" * 63_207)),
        ("instagram", Text("a" * 2_200, picture="p"), Text("a" * 2_201, picture="p")),
        ("instagram", Text("#a " * 30, picture="p"), Text("#a " * 31, picture="p")),
        ("x", Text("a" * 280), Text("a" * 281)),
        (
            "x",
            Text("a" * 256, link="https://x.example/" + "l" * 500),
            Text("a" * 257, link="https://x.example"),
        ),
        ("pinterest", Text("a" * 500, picture="p"), Text("a" * 501, picture="p")),
        ("pinterest", Text("a", "t" * 100, picture="p"), Text("a", "t" * 101, picture="p")),
        ("instagram", Text("a", picture="p"), Text("a")),
        ("pinterest", Text("a", picture="p"), Text("a")),
        ("facebook", Text("", link="https://x.example"), Text("")),
        ("x", Text("", picture="p"), Text(" ")),
    ],
)
def test_the_limit_is_where_the_network_has_it(network: str, fits: Text, too_long: Text) -> None:
    assert list(networks[network].faults(fits)) == []
    assert len(list(networks[network].faults(too_long))) == 1


def test_hashtags_are_what_instagram_takes_for_ones() -> None:
    words = Text("#1 &#39; a#b #straße #_x ##doppelt " * 16, picture="p")
    assert [place for place, _sentence in networks["instagram"].faults(words)] == ["text"]
    few = Text("#1 &#39; a#b " * 40, picture="p")
    assert list(networks["instagram"].faults(few)) == []


def reply(status: int, **said: Any) -> web.Reply:
    return web.Reply(status, {}, said)


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        ({"code": 190, "error_subcode": 463}, Kind.ACCOUNT, "token_expired"),
        ({"code": 200}, Kind.ACCOUNT, "forbidden"),
        ({"code": 10}, Kind.ACCOUNT, "forbidden"),
        ({"code": 368}, Kind.ACCOUNT, "blocked"),
        ({"code": 32}, Kind.LINE, "rate"),
        ({"code": 80001}, Kind.LINE, "rate"),
        ({"code": 9, "error_subcode": 2207042}, Kind.LINE, "rate"),
        ({"code": 506}, Kind.UNKNOWN, "no_answer"),
        ({"code": 2, "is_transient": True}, Kind.UNKNOWN, "no_answer"),
        ({"code": 100}, Kind.CONTENT, "content"),
    ],
)
def test_metas_errors(error: dict[str, Any], kind: Kind, reason: str) -> None:
    found = graph.fault(reply(400, error=error), public=True)
    assert (found.kind, found.reason) == (kind, reason)
    assert graph.fault(reply(400, error={"code": 36003}), public=True).field == "picture"
    assert graph.fault(reply(500), public=False).kind is Kind.LINE


@pytest.mark.parametrize(
    ("status", "said", "kind", "reason"),
    [
        (401, {}, Kind.ACCOUNT, "token_expired"),
        (402, {"title": "CreditsDepleted"}, Kind.ACCOUNT, "credits"),
        (
            403,
            {"detail": "You are not allowed to create a Tweet with duplicate content."},
            Kind.UNKNOWN,
            "no_answer",
        ),
        (403, {"detail": "Forbidden"}, Kind.ACCOUNT, "forbidden"),
        (429, {}, Kind.LINE, "rate"),
        (400, {"errors": [{"message": "too long"}]}, Kind.CONTENT, "content"),
        (503, {}, Kind.UNKNOWN, "no_answer"),
    ],
)
def test_the_errors_of_x(status: int, said: dict[str, Any], kind: Kind, reason: str) -> None:
    found = x.fault(reply(status, **said), public=True)
    assert (found.kind, found.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("status", "message", "kind", "field"),
    [
        (401, "Authentication failed.", Kind.ACCOUNT, ""),
        (403, "", Kind.ACCOUNT, ""),
        (404, "Board not found.", Kind.ACCOUNT, ""),
        (429, "", Kind.LINE, ""),
        (400, "Invalid link", Kind.CONTENT, "link"),
        (400, "The image is too small", Kind.CONTENT, "picture"),
        (500, "", Kind.UNKNOWN, ""),
    ],
)
def test_the_errors_of_pinterest(status: int, message: str, kind: Kind, field: str) -> None:
    found = pinterest.fault(reply(status, message=message), public=True)
    assert (found.kind, found.field) == (kind, field)
