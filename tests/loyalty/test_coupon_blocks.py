"""What readers see of coupons and points, in their language and by their clock."""

import re
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urlsplit

import pytest
import segno
from PIL import Image

from channels.messages import checks, drafts, preview, rendering, versions
from channels.messages.blocks import blocks
from channels.models import Account
from loyalty.coupon_messages import words
from loyalty.coupons import issuing, pictures
from loyalty.models import CouponCode, Offer
from tests.channels import mails
from tests.loyalty import points
from tests.loyalty.coupon_mails import NOW, block, pool
from tests.loyalty.coupons import coupon, rule
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db
END = datetime(2026, 12, 31, 23, tzinfo=UTC)  # midnight in Berlin


def test_an_offer_is_said_in_the_language_of_the_reader():
    percent = coupon(rule("minimum_basket", amount=5000), offer={"most": 2000}).offer
    assert words.offer(percent, "de").replace("\xa0", " ").replace("\u202f", " ") == (
        "10 % Rabatt, höchstens 20,00 €, ab 50,00 € Einkaufswert"
    )
    assert words.offer(percent, "en-GB").replace("\u202f", " ") == (
        "10 % off, at most €20.00, on purchases from €50.00"
    )
    assert words.offer(Offer(name="x", amount=500, currency="EUR"), "xx") == "€5.00 off"


@pytest.mark.parametrize(
    ("language", "zone", "shown"),
    [
        ("de", "Europe/Berlin", "31. Dezember 2026"),
        ("en", "Europe/Berlin", "31 December 2026"),
        ("en", "Europe/London", "31 December 2026, 23:00"),
        ("de", "Asia/Tokyo", "1. Januar 2027, 08:00"),
    ],
)
def test_the_last_day_is_that_of_her_own_clock(language, zone, shown):
    found = words.until(END, language, zone).replace("December 31, 2026", "31 December 2026")
    assert found == shown


def test_without_an_end_nothing_is_said_of_it():
    made = pool(1)
    of = versions.freeze(mails.message(block(made)), None)
    anna = mails.customer()
    code = issuing.issue(made, [anna.pk], "x", NOW)[anna.pk]
    shown = rendering.render([mails.row(of, anna, context={"code": code.pk})], NOW)[1]
    assert shown.text.count(code.label) == shown.html.count(code.label) == 1
    assert "Gültig" not in shown.text + shown.html
    assert "10\u202f% Rabatt" in shown.text


def shown_to(made, **fields) -> tuple:
    """What a reader sees, and the code that she was given."""
    of = versions.freeze(mails.message(block(made) | fields), None)
    anna = mails.customer()
    code = issuing.issue(made, [anna.pk], "x", NOW)[anna.pk]
    return rendering.render([mails.row(of, anna, context={"code": code.pk})], NOW)[1], code


def read(picture: bytes) -> list[list[int]]:
    """The modules of a QR code, without its border of four."""
    image = Image.open(BytesIO(picture)).convert("L")
    size = image.width // 8 - 8
    return [[int(image.getpixel((36 + 8 * x, 36 + 8 * y)) < 128) for x in range(size)] for y in range(size)]


def test_a_mail_shows_the_readers_code_as_a_picture(client, settings):
    settings.PUBLIC_URL = "https://crm.example"
    shown, code = shown_to(pool(1), qr=True)
    [path] = re.findall(r'src="https://crm\.example(/coupon-picture/[^"]+\.png)"', shown.html)
    assert code.text not in path
    assert 'alt="QR-Code Ihres Gutscheins"' in shown.html
    assert shown.text.count(code.label) == shown.html.count(code.label) == 1
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert not answer.cookies
    assert read(answer.content) == [list(row) for row in segno.make_qr(code.text, error="m").matrix]


def test_without_the_option_there_is_no_picture():
    shown, code = shown_to(pool(1))
    assert "coupon-picture" not in shown.html
    assert shown.html.count(code.label) == 1


def test_the_editor_ticks_the_picture_and_takes_it_away(marketer):
    content = mails.message(block(pool(1))).contents.get()
    for sent, kept in ({"qr": "on"}, True), ({}, False):
        drafts.set_block(content, "c1", {"coupon": "", "heading": "", "until": "", "if_none": "wait"} | sent)
        content.save()
        assert drafts.block(content, "c1")["qr"] is kept
        page = marketer.get(f"/messages/{content.message_id}/edit/").content.decode()
        box = re.search(r'<label class="form-check"><input type="checkbox" name="qr"[^>]*>', page)
        assert box
        assert ("checked" in box.group()) is kept


def test_pictures_of_codes_are_not_found_by_trying(client):
    code = shown_to(pool(2), qr=True)[1]
    path = urlsplit(pictures.address(code)).path
    assert client.get(path).status_code == 200
    other = path.replace(f"/{code.pk}.", f"/{code.pk + 1}.")
    for wrong in (other, path.replace(".png", "x.png"), "/coupon-picture/1.png", "/coupon-picture/x.y.png"):
        assert client.get(wrong).status_code == 404
    CouponCode.objects.filter(pk=code.pk).delete()
    assert client.get(path).status_code == 404


def test_a_preview_shows_the_picture_of_the_sample(client):
    content = mails.message(block(pool(1)) | {"qr": True}).contents.get()
    [path] = re.findall(r"/coupon-picture/[^\"]+\.png", preview.render(content, None, NOW).html)
    sample = segno.make_qr("7KQMR2WX4PDH", error="m").matrix
    assert read(client.get(path).content) == [list(row) for row in sample]


def test_a_reader_without_a_code_is_never_sent_a_sample():
    of = versions.freeze(mails.message(block(pool(1))), None)
    shown = rendering.render([mails.row(of, mails.customer())], NOW)[1]
    assert isinstance(shown, rendering.RenderFault)


def test_the_text_may_name_the_code():
    made = pool(1, days_from_issue=3)
    of = versions.freeze(mails.message(mails.text("Mit {{ coupon_code }}"), block(made)), None)
    anna = mails.customer()
    code = issuing.issue(made, [anna.pk], "x", NOW)[anna.pk]
    shown = rendering.render([mails.row(of, anna, context={"code": code.pk})], NOW)[1]
    assert f"Mit {code.label}" in shown.text
    assert "Gültig bis 25. November 2026" in shown.text


def test_a_preview_shows_a_sample_and_the_true_offer():
    message = mails.message(block(pool(1, days_from_issue=3)))
    content = message.contents.get()
    for person in (None, mails.customer()):
        shown = preview.render(content, person, NOW)
        assert "7KQM-R2WX-4PDH" in shown.text
        assert "10\u202f% Rabatt" in shown.text
        assert "Gültig bis 25. November 2026" in shown.text


def sentences(message) -> list[str]:
    return [fault.sentence for fault in checks.faults(message) if fault.blocks]


def test_faults_say_what_to_mend():
    made = pool(1)
    assert sentences(mails.message(block(made))) == []
    assert "Add the block “Coupon”." in sentences(mails.message(mails.text("{{ coupon_code }}")))[0]
    assert len(sentences(mails.message(block(made), block(pool(1), number="c2")))) == 1
    assert len(sentences(mails.message(block(made), block(made, "leave_out", "c2")))) == 1
    assert sentences(mails.message(block(None)))
    made.active = False
    made.save()
    assert sentences(mails.message(block(made)))[0].startswith("This coupon is switched off.")
    assert sentences(mails.message(block(coupon())))[0].startswith("This coupon has no code yet.")


def test_a_text_message_names_it_too():
    Account.objects.create(name="SMS", backend="sandbox", channel="sms")
    message = mails.message(block(pool(1)), channels=["email", "sms"])
    assert sentences(message) == []
    shown = preview.render(message.contents.get(channel="sms"), None, NOW)
    assert "7KQM-R2WX-4PDH" in shown.text


def test_points_are_said_where_there_is_a_programme():
    message = mails.message({"id": "p", "kind": "points"} | _points())
    content, anna = message.contents.get(), mails.customer()
    assert "Punktestand" not in preview.render(content, anna, NOON).text
    program = points.program()
    points.give(program, anna.pk, 1240)
    shown = preview.render(content, anna, NOON)
    assert "Ihr Punktestand: 1.240" in shown.text
    assert "1.240" in shown.html
    assert "enden bald" not in shown.text


def _points():
    return blocks["points"].new("de")
