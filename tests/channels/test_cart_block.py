"""A block with what lies in her cart, and a button that opens it again: on every channel, and gone without a cart."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels import consent, links
from channels.messages import checks, preview, rendering, versions
from channels.messages.rendering import Rendered
from channels.models import Account, Delivery, DeliveryEvent, Link, Reach, SandboxMail
from customers.models import Cart, Customer
from tests.channels import mails, people, runs
from tests.factories import ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
BLOCK = {
    "id": "c",
    "kind": "cart",
    "heading": "Ihr Warenkorb, {{ first_name }}",
    "more": "und {{ cart_more }} weitere",
    "total": "Summe: {{ cart_value }}",
    "label": "Zum Warenkorb",
}
RESTORE = "https://linden.example/cart?c=Tn8"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _shop() -> None:
    rendering.forget()
    mails.shop()


def cart(person: Customer, *lines: tuple[str, int, int], hours: int = 5, **fields: Any) -> Cart:
    """`lines`: name, quantity and price in cents."""
    at = mails.NOW - timedelta(hours=hours)
    about = {"currency": "EUR", "restore_url": RESTORE, "state": "abandoned"} | fields
    made = Cart.objects.create(
        customer=person,
        source="shop",
        number=f"C{Cart.objects.count()}",
        opened_at=at,
        last_activity_at=at,
        items=about.pop("items", sum(quantity for _name, quantity, _price in lines)),
        value=sum(quantity * price for _name, quantity, price in lines),
        **about,
    )
    for name, quantity, price in lines:
        product = ProductFactory(names={"de": name, "en": f"{name} (en)"}, picture=f"/demo/{name[:3]}.png")
        made.lines.create(product=product, quantity=quantity, amount=quantity * price)
    return made


POT, CUPS = ("Teekanne", 1, 4990), ("Tasse & Teller", 2, 1290)


def rendered(*persons: Customer, context: dict[str, int] | None = None) -> list[Rendered]:
    version = versions.freeze(mails.message(BLOCK, mails.text("Bis bald")), None)
    rows = [mails.row(version, person, n, context=context or {}) for n, person in enumerate(persons, 1)]
    found = rendering.render(rows, mails.NOW)
    assert all(isinstance(each, Rendered) for each in found.values()), found
    return [found[row.id] for row in rows]


def test_a_mail_shows_lines_pictures_amounts_and_one_link() -> None:
    anna = mails.customer()
    cart(anna, POT, CUPS)
    (mail,) = rendered(anna)
    assert "Ihr Warenkorb, Anna" in mail.html
    assert mail.html.index("Teekanne") < mail.html.index("Tasse &amp; Teller")
    assert "2 × 12,90\xa0€" in mail.html
    assert "Summe: 75,70\xa0€" in mail.html
    assert f'src="{rendering.settings.PUBLIC_URL}/demo/Tee.png"' in mail.html
    assert "Zum Warenkorb" in mail.html
    assert mail.html.count("?c=") == 3, "two pictures and the button"
    assert "weitere" not in mail.html + mail.text
    assert mail.text.startswith(
        "Ihr Warenkorb, Anna\n\n- 1 × Teekanne, 49,90\xa0€\n- 2 × Tasse & Teller, 12,90\xa0€\n\n"
        "Summe: 75,70\xa0€\n\nZum Warenkorb: http"
    )


def test_names_are_those_of_the_content_s_language() -> None:
    message = mails.message(BLOCK, languages=("de", "en"))
    anna = mails.customer(language="en")
    cart(anna, POT)
    version = versions.freeze(message, None)
    found = rendering.render([mails.row(version, anna, language="en")], mails.NOW)[1]
    assert isinstance(found, Rendered)
    assert "Teekanne (en), €49.90" in found.text


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "bought"},
        {"items": 0},
        {"hours": 24 * 31},
    ],
)
def test_without_a_cart_the_block_is_not_there(fields: dict[str, Any]) -> None:
    anna, bert = mails.customer(), mails.customer(email="bert@example.org")
    cart(anna, POT, **fields)
    cart(bert, CUPS)
    hers, his = rendered(anna, bert)
    assert "Bis bald" in hers.html
    assert "Tasse &amp; Teller" in his.html
    for word in ("Warenkorb", "Summe", "Teekanne", "?c=", "<img"):
        assert word not in hers.html + hers.text


def test_the_newest_cart_counts_unless_the_delivery_names_one() -> None:
    anna, bert = mails.customer(), mails.customer(email="bert@example.org")
    old, _new = cart(anna, POT, hours=24 * 40), cart(anna, CUPS, state="open")
    assert "Teekanne" not in rendered(anna)[0].text
    named = {"cart": old.pk}
    assert "Teekanne" in rendered(anna, context=named)[0].text
    assert "Teekanne" not in rendered(bert, context=named)[0].text, "it is not his"
    Cart.objects.filter(pk=old.pk).update(state="bought")
    (gone,) = rendered(anna, context=named)
    assert "Warenkorb" not in gone.text, "another cart does not take its place"


def test_of_a_large_cart_twelve_are_shown_and_the_rest_is_counted() -> None:
    anna = mails.customer()
    cart(anna, *[(f"Ding {n}", 1, 100) for n in range(15)])
    (mail,) = rendered(anna)
    assert mail.text.count("\n- ") == 12
    assert "und 3 weitere" in mail.text
    assert "und 3 weitere" in mail.html
    assert "Summe: 15,00" in mail.text


def test_a_batch_takes_one_statement_for_its_carts() -> None:
    version = versions.freeze(mails.message(BLOCK), None)
    persons = [mails.customer(email=f"{n}@example.org") for n in range(20)]
    for person in persons:
        cart(person, POT, CUPS)
    rows = [mails.row(version, person, n) for n, person in enumerate(persons)]
    rendering.render(rows[:1], mails.NOW)
    with CaptureQueriesContext(connection) as asked:
        rendering.render(rows, mails.NOW)
    assert sum("customers_cart" in each["sql"] for each in asked) == 1


def sent(channel: str, person: Customer) -> SandboxMail:
    said = [consent.Statement(**(vars(people.yes(person)) | {"channel": channel}))]
    consent.record([*said, people.yes(person, purpose="tracking")], people.NOON)
    Reach.objects.get_or_create(
        customer=person, channel="push", defaults={"address": f"d{person.pk}", "address_key": f"d{person.pk}"}
    )
    Account.objects.get_or_create(name=channel, defaults={"backend": "sandbox", "channel": channel})
    made = runs.version(BLOCK, mails.button("https://linden.example/neu", "Neues"), channels=[channel])
    runs.planned(made)
    runs.send_all()
    row = Delivery.objects.get(message=made.message_id, customer=person)
    assert row.state == "accepted", row.reason
    return SandboxMail.objects.get(delivery=row)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_text_message_names_the_products_and_ends_with_the_link(channel: str) -> None:
    (anna,) = runs.customers(1, phone="+4915112345678")
    cart(anna, POT, CUPS)
    got = sent(channel, anna)
    assert "- 2 × Tasse & Teller, 12,90" in got.text
    assert got.text.count("Zum Warenkorb: http") == 1
    assert "?c=" in got.text
    Cart.objects.update(state="bought")
    (bert,) = runs.customers(1, phone="+4915112345679")
    assert sent(channel, bert).text.startswith("Neues: http")


@pytest.mark.parametrize("channel", ["push", "in_app"])
def test_where_there_are_buttons_the_first_one_opens_the_cart(channel: str) -> None:
    (anna,) = runs.customers(1)
    cart(anna, POT)
    got = sent(channel, anna)
    assert "1 × Teekanne" in got.text
    assert got.parts["picture"].endswith("/demo/Tee.png")
    assert [each["label"] for each in got.parts["actions"]] == ["Zum Warenkorb", "Neues"]
    assert "?c=" in got.parts["link"]
    (bert,) = runs.customers(1)
    without = sent(channel, bert)
    assert without.text == ""
    assert without.parts["picture"] == ""
    assert "/c/" in without.parts["link"], "that of the other button"
    assert "?c=" not in without.parts["link"]
    assert [each["label"] for each in without.parts["actions"] if each["label"]] == ["Neues"]


def test_the_link_opens_the_cart_and_its_clicks_are_counted() -> None:
    (anna,) = runs.customers(1)
    hers = cart(anna, POT)
    sent("email", anna)
    row = Delivery.objects.get()
    Delivery.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    link = Link.objects.get(label="Cart")
    address = reverse("click", args=[links.click_token(link.pk, row.pk)])

    def opens(token: str, path: str = address) -> Any:
        return Client().get(f"{path}?c={token}", headers={"User-Agent": BROWSER})

    token = links.cart_token(hers.pk)
    assert opens(token)["Location"] == RESTORE
    assert DeliveryEvent.objects.get(kind="clicked").link == link
    assert opens(token, reverse("click", args=[links.anonymous_token(link.pk)]))["Location"] == RESTORE
    for nobodys in (str(hers.pk), token[:-1], links.opt_out_token(hers.pk)):
        assert opens(nobodys).status_code == 404
    Cart.objects.update(restore_url="")
    assert opens(token)["Location"] == "https://linden.example"
    Cart.objects.all().delete()
    assert opens(token)["Location"] == "https://linden.example"


def test_a_preview_shows_an_invented_cart_and_that_of_any_customer() -> None:
    message = mails.message(BLOCK)
    content = message.contents.get()
    invented = preview.render(content, None, mails.NOW)
    anna = mails.customer()
    cart(anna, POT)
    hers = preview.render(content, anna, mails.NOW)
    assert isinstance(invented, Rendered)
    assert isinstance(hers, Rendered)
    assert "2 × Keramikbecher Nord, 12,90 €" in invented.text
    assert "Summe: 75,70 €" in invented.text
    assert "Teekanne" in hers.html
    assert checks.faults(message) == []


def test_without_the_shop_s_address_there_is_nowhere_to_lead_to() -> None:
    message = mails.message(BLOCK)
    mails.shop(url="")
    (fault,) = [each for each in checks.faults(message) if each.place.block == "c"]
    assert (fault.place.field, fault.blocks) == ("label", True)
    assert "shop’s address" in fault.sentence
    preview.render(message.contents.get(), None, mails.NOW)


def test_the_editor_says_who_does_not_see_it(client: Client) -> None:
    client.force_login(UserFactory(in_role="marketer"))
    message = mails.message(BLOCK)
    html = client.get(reverse("message_editor", args=[message.pk])).content.decode()
    assert html.count("Her newest cart of the last 30 days") == 2, "in the list of blocks, and in the block"
    assert 'value="add:back_in_stock"' in html
