"""R8: a message is sealed for one browser, as RFC 8291 has it, and never larger than any push service takes."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from channels.backends import Call
from channels.push import encryption, payload

# RFC 8291, appendix A.
EXAMPLE = {
    "private": "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "salt": "DGv6ra1nlYgDCS1FRnbzlw",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "body": "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEq"
    "KK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
}


def plain(name: str) -> bytes:
    return urlsafe_b64decode(EXAMPLE[name] + "=" * (-len(EXAMPLE[name]) % 4))


def call(**fields: Any) -> Call:
    values: dict[str, Any] = {"id": 1, "recipient": "x", "sender_name": "Kaufhaus Linden", "sender_email": ""}
    values |= {
        "reply_to": "",
        "message_id": "<1.abc@linden.example>",
        "subject": "Grüße",
        "html": "",
        "text": "Hallo",
    }
    return Call(**values | {"headers": {}, "channel": "push", "topic": "message-7"} | fields)


def test_the_example_of_the_rfc_comes_out_byte_by_byte() -> None:
    private = ec.derive_private_key(int.from_bytes(plain("private"), "big"), ec.SECP256R1())
    words = b"When I grow up, I want to be a watermelon"
    sealed = encryption.seal(words, plain("p256dh"), plain("auth"), private, plain("salt"))
    assert sealed == plain("body")


def test_two_messages_never_look_alike() -> None:
    first, second = (encryption.seal(b"same", plain("p256dh"), plain("auth")) for _ in range(2))
    assert first[: encryption.HEADER] != second[: encryption.HEADER]
    assert first[encryption.HEADER :] != second[encryption.HEADER :]


@pytest.mark.parametrize(
    "key", [b"", b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, bytes(65), b"\x02" * 33, b"x" * 66]
)
def test_what_is_no_point_of_the_curve_is_refused(key: bytes) -> None:
    with pytest.raises(encryption.BadKey):
        encryption.seal(b"x", key, bytes(16))


@given(st.text(max_size=6000), st.text(max_size=300), st.lists(st.text(max_size=80), max_size=2))
def test_any_message_fits_and_can_be_opened(text: str, subject: str, labels: list[str]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    actions = [{"label": label, "link": f"https://linden.example/c/{n}/"} for n, label in enumerate(labels)]
    body = payload.build(
        call(text=text, subject=subject, parts={"actions": actions, "link": "https://linden.example"})
    )
    sealed = encryption.seal(body, encryption.raw(private.public_key()), bytes(16))
    assert len(sealed) <= 4096
    shown = json.loads(
        http_ece.decrypt(sealed, private_key=private, auth_secret=bytes(16), version="aes128gcm")
    )
    assert shown["link"] == "https://linden.example"
    assert set(shown) >= {"title", "body", "tag"}


def test_a_long_text_is_cut_between_words_and_says_so() -> None:
    shown = json.loads(payload.build(call(text="Angebote und Neues " * 400)))
    assert shown["body"].endswith("…")
    assert shown["body"].removesuffix("…").split(" ")[-1] in ("Angebote", "und", "Neues")
    assert len(payload.build(call(text="ü" * 9000))) > encryption.LARGEST * 0.8, (
        "as much as there is room for"
    )


def test_a_link_is_never_cut() -> None:
    link = "https://linden.example/" + "x" * 1900
    parts = {"link": link, "picture": f"{link}/p", "actions": [{"label": "Kaufen", "link": link}]}
    shown = json.loads(payload.build(call(parts=parts, text="Hallo " * 100)))
    assert shown["link"] == link
    assert "actions" not in shown
    assert shown["image"] == f"{link}/p"


def test_the_name_of_the_message_goes_along_only_where_it_may_be_known() -> None:
    assert "ref" not in json.loads(payload.build(call()))
    shown = json.loads(payload.build(call(), "https://crm.example/api/v1/push/report"))
    assert (shown["ref"], shown["report"]) == ("1.abc", "https://crm.example/api/v1/push/report")


def test_a_message_without_a_title_has_the_shops_name() -> None:
    assert json.loads(payload.build(call(subject=" ")))["title"] == "Kaufhaus Linden"
