"""A mail's parts arrive as they were written, whatever the server takes."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from channels.backends import mime
from channels.backends.base import Call
from tests.contracts.test_backends import call

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXTS = {
    "short": "Grüße aus Köln\n.ein Punkt\n",
    "long line": "ä" * 2000,
    "long line further down": f"oben\n{'x' * 991}\nunten",
    "as long as may be": f"{'x' * 990}\n{'y' * 990}\n\n{'z' * 990}",
    "only line ends": "\n\n\n",
    "the boundary": f"--{mime.BOUNDARY}--\nfertig",
    "line ends": "eins\r\nzwei\nunten",
    "empty": "",
}


def parts(sent: Call, eight_bit: bool) -> list[str]:
    parsed = message_from_bytes(mime.build(sent, AT, eight_bit), policy=policy.default)
    return [part.get_content().replace("\r\n", "\n").rstrip("\n") for part in parsed.iter_parts()]


@pytest.mark.parametrize("eight_bit", [True, False])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_parts_read_the_same_in_eight_bits_and_in_seven(text: str, eight_bit: bool) -> None:
    sent = call(text=text, html=f"<p>{text}</p>")
    wanted = [part.replace("\r\n", "\n").rstrip("\n") for part in (text, f"<p>{text}</p>")]
    assert parts(sent, eight_bit) == wanted


@pytest.mark.parametrize("eight_bit", [True, False])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_line_is_longer_than_a_server_must_take(text: str, eight_bit: bool) -> None:
    assert max(map(len, mime.build(call(text=text), AT, eight_bit).split(b"\r\n"))) <= 998


def test_only_a_server_that_says_so_gets_eight_bits() -> None:
    assert mime.build(call(text="Grüße"), AT).isascii()
    assert "Grüße".encode() in mime.build(call(text="Grüße"), AT, eight_bit=True)


def test_lines_up_to_the_limit_need_no_encoding() -> None:
    kept, encoded = (mime.build(call(text="ü" + "x" * n), AT, eight_bit=True) for n in (988, 989))
    assert "ü".encode() in kept
    assert "ü".encode() not in encoded
