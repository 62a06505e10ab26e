"""Where a message in the shop appears: what authors may say, and the sentence that tells them the mend."""

import pytest

from channels.formats.in_app import InAppOptions
from channels.messages import checks
from channels.models import Account, FreeShipping, InboxMessage
from tests.channels import mails
from tests.channels.shop_pages import known, sent

GOOD = {"place": "banner"}


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"place": "slot"}, "slot", "Enter the name of the slot."),
        ({"slot": "Cart Top"}, "slot", "Small letters, digits and hyphens only"),
        ({"pages": "cart"}, "pages", "“cart” is no path."),
        ({"pages": "/ok\n/sale?x=1"}, "pages", "“/sale?x=1” is no path."),
        ({"pages": "/{{ first_name }}"}, "pages", "is no path."),
        ({"pages": "javascript:alert(1)"}, "pages", "is no path."),
        ({"pages": "/a\n" * 21}, "pages", "At most 20 paths."),
        ({"cart_from": "much"}, "cart_from", "Enter an amount"),
        ({"cart_from": "-5"}, "cart_from", "Enter an amount"),
        ({"cart_from": "50", "cart_to": "49,99"}, "cart_to", "This must be more than the least value."),
        ({"again": "always"}, "again", "Select a valid choice."),
        ({"days": "0"}, "days", "greater than or equal to 1"),
        ({"days": "400"}, "days", "less than or equal to 365"),
        ({"place": "popup"}, "place", "Select a valid choice."),
    ],
)
@pytest.mark.django_db
def test_what_makes_no_sense_is_told_at_its_field(given: dict[str, str], field: str, sentence: str) -> None:
    form = InAppOptions(GOOD | given)
    assert list(form.errors) == [field]
    assert sentence in form.errors[field][0]


def test_what_makes_sense_is_kept_in_one_way_of_writing() -> None:
    form = InAppOptions(GOOD | {"pages": " /cart \r\n/shoes/*", "cart_from": "49,9", "session_only": "on"})
    assert form.is_valid(), form.errors
    assert (form.cleaned_data["pages"], form.cleaned_data["cart_from"]) == ("/cart\n/shoes/*", "49.90")
    assert form.cleaned_data["session_only"] is True


@pytest.mark.django_db
def test_a_fault_stops_the_message() -> None:
    Account.objects.create(name="in_app", backend="in_app", channel="in_app")
    message = mails.message(channels=["in_app"])
    message.contents.update(options={"place": "slot"})
    found = [fault for fault in checks.faults(message) if fault.blocks]
    assert [(fault.place.field, fault.sentence) for fault in found] == [
        ("slot", "Enter the name of the slot.")
    ]


@pytest.mark.django_db
def test_what_was_said_reaches_the_row_in_minor_units() -> None:
    known()
    gap = {"id": "g", "kind": "shipping_gap", "words": "Noch {{shipping_gap}}", "reached": ""}
    FreeShipping.objects.create(country="", currency="EUR", amount=5000)
    sent(
        mails.text("{{ first_name }}: {{ shipping_gap }}"),
        gap,
        place="slot",
        slot="cart-top",
        pages="/cart\n/shoes/*",
        cart_from="10",
        cart_to="49.90",
        session_only=True,
        again="once",
    )
    row = InboxMessage.objects.get()
    assert row.targeting == {
        "pages": ["/cart", "/shoes/*"],
        "cart_from": 1000,
        "cart_to": 4990,
        "slot": "cart-top",
        "again": "once",
    }
    assert row.session_only
    assert row.text == "Anna: [[gap]]", "the browser fills it in"
    assert row.parts["gap"] == {"words": "Noch [[gap]]", "reached": ""}
