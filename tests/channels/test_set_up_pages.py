"""Topics, senders, accounts, brand and suppression list: what staff set up, and what they must not get wrong."""

import pytest
from django.urls import reverse
from django.utils import timezone

from channels import backends, suppression
from channels.backends import anymail
from channels.models import Account, Brand, SandboxMail, Sender, Suppression, Topic
from customers.models import AuditEntry, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return Account.objects.create(name="Sandbox", backend="sandbox")


def post(client, page, /, *args, **data):
    return client.post(reverse(page, args=args), data, follow=True)


def actions():
    return list(AuditEntry.objects.values_list("action", flat=True))


def test_a_topic_has_a_name_in_each_language(marketer):
    post(marketer, "topic_create", key="wine", position=1, name_de="Wein", name_en="Wine")
    topic = Topic.objects.get()
    assert (topic.name_in("de"), topic.name_in("en"), topic.name_in("fr")) == ("Wein", "Wine", "Wein")
    post(marketer, "topic_edit", topic.pk, key="wine", position=1, name_de="Weine", name_en="")
    assert Topic.objects.get().names == {"de": "Weine"}
    assert actions() == ["topic.added", "topic.changed"]


def test_a_senders_name_cannot_end_a_header(administrator, account):
    data = {"email": "a@b.example", "account": account.pk}
    response = post(administrator, "sender_create", name="Linden\r\nBcc: all@x.example", **data)
    assert not Sender.objects.exists()
    assert "Line breaks" in response.content.decode()
    post(administrator, "sender_create", name="Linden", **data)
    assert Sender.objects.get().name == "Linden"


def added(client, provider, **data):
    return client.post(reverse("account_create") + f"?provider={provider}", data, follow=True)


def test_smtp_needs_a_server_and_stores_no_password(administrator):
    assert "?provider=smtp" in administrator.get(reverse("account_create")).content.decode()
    mail = {"name": "Mail", "channel": "email", "password": "secret"}
    response = added(administrator, "smtp", **mail)
    assert "SMTP needs its name" in response.content.decode()
    server = {"host": "mail.example.org", "port": 587, "security": "starttls", "username": "u"}
    added(administrator, "smtp", **mail, **server)
    made = Account.objects.get()
    assert (made.backend, made.channel, made.settings) == ("smtp", "email", server)


def test_a_provider_by_http_is_chosen_by_name(administrator):
    mail = {"name": "Post", "channel": "email", "esp": "mailgun"}
    assert "not JSON" in added(administrator, "anymail", **mail, options="{").content.decode()
    assert "Begin with {" in added(administrator, "anymail", **mail, options="[1]").content.decode()
    assert "api_url" in added(administrator, "anymail", **mail | {"esp": "postal"}).content.decode()
    inside = '{"api_url": "https://169.254.169.254/"}'
    assert (
        "of the public internet" in added(administrator, "anymail", **mail, options=inside).content.decode()
    )
    added(administrator, "anymail", **mail, options='{"sender_domain": "mg.linden.example"}')
    assert Account.objects.get().settings == {
        "esp": "mailgun",
        "options": {"sender_domain": "mg.linden.example"},
    }


@pytest.mark.parametrize("esp", anymail.ESPS)
def test_each_service_on_the_list_can_be_connected(monkeypatch, esp):
    made = Account.objects.create(
        name="Post",
        backend="anymail",
        settings={
            "esp": esp,
            "options": {anymail.NEEDED[esp]: "https://x.example"} if esp in anymail.NEEDED else {},
        },
    )
    monkeypatch.setenv(f"ACCOUNT_{made.pk}_PASSWORD", "secret")
    if esp == anymail.SES:
        monkeypatch.setenv("ACCOUNT_POST_REGION", "eu-central-1")
        monkeypatch.setenv("ACCOUNT_POST_KEY_ID", "AKIDLINDEN")
    backends.backends["anymail"].connect(made).close()


SID = "AC" + "0" * 32


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"account_sid": "AC1"}, "An account SID is AC"),
        ({"sender": ""}, "Enter a number with its country code"),
        ({"sender": "0151 23456"}, "Enter a number with its country code"),
        ({"sender": "LINDEN", "channel": "whatsapp"}, "WhatsApp needs the number"),
        ({"sender": "", "messaging_service": "MG1"}, "A messaging service is MG"),
        ({"channel": "email"}, "Select a valid choice"),
    ],
)
def test_twilios_settings_are_looked_at(administrator, wrong, words):
    right = {"name": "SMS", "channel": "sms", "account_sid": SID, "sender": "LINDEN"}
    assert words in added(administrator, "twilio", **right | wrong).content.decode()
    assert not Account.objects.exists()
    added(administrator, "twilio", **right)
    assert Account.objects.get().settings == {"account_sid": SID, "sender": "LINDEN"}


def test_an_sms_account_is_tested_at_a_number(administrator):
    by_phone = Account.objects.create(name="Phone", backend="sandbox", channel="sms")
    response = post(administrator, "account_test", by_phone.pk, number="0151 23")
    assert "country code" in response.content.decode()
    post(administrator, "account_test", by_phone.pk, number="+49 (151) 234-567")
    sent = SandboxMail.objects.get()
    assert (sent.recipient, "Phone" in sent.text) == ("+49151234567", True)


def test_what_is_missing_from_the_environment_is_named(administrator, monkeypatch):
    made = Account.objects.create(
        name="Mail", backend="smtp", settings={"host": "x.example", "username": "u"}
    )
    page = administrator.get(reverse("account_list")).content.decode()
    assert f"ACCOUNT_{made.pk}_PASSWORD" in page
    monkeypatch.setenv(f"ACCOUNT_{made.pk}_PASSWORD", "hunter2-canary")
    page = administrator.get(reverse("account_list")).content.decode()
    assert "found in the environment" in page
    assert "hunter2-canary" not in page


def test_an_account_shows_what_was_set_up(administrator):
    settings = {"host": "smtp.example.org", "port": 2525, "security": "none", "connections": 2}
    Account.objects.create(name="Post", backend="smtp", settings=settings)
    text = administrator.get(reverse("account_list")).content.decode()
    for shown in ("smtp.example.org", "2525", "none (only inside one&#x27;s own network)"):
        assert f"<dd>{shown}</dd>" in text
    assert "<dt>Connections at once</dt><dd>2</dd>" in text


def test_an_account_is_paused_with_a_reason_and_resumed(administrator, account):
    post(administrator, "account_pause", account.pk, reason="")
    account.refresh_from_db()
    assert account.paused_at is None
    post(administrator, "account_pause", account.pk, reason="too many complaints")
    account.refresh_from_db()
    assert account.pause_reason == "too many complaints"
    assert "too many complaints" in administrator.get(reverse("account_list")).content.decode()
    post(administrator, "account_resume", account.pk)
    account.refresh_from_db()
    assert account.paused_at is None
    assert actions() == ["account.paused", "account.resumed"]


def test_the_test_button_sends_one_mail_to_whoever_pressed_it(administrator, account):
    response = post(administrator, "account_test", account.pk)
    assert "No sender uses this account" in response.content.decode()
    Sender.objects.create(name="Linden", email="post@linden.example", account=account)
    post(administrator, "account_test", account.pk)
    mail = SandboxMail.objects.get()
    assert (mail.recipient, mail.delivery) == (administrator.user.email, None)


def test_a_faulty_account_says_so_instead_of_failing(administrator):
    broken = Account.objects.create(name="Mail", backend="smtp")
    Sender.objects.create(name="Linden", email="post@linden.example", account=broken)
    response = post(administrator, "account_test", broken.pk)
    assert response.status_code == 200
    assert "could not be sent" in response.content.decode()


BRAND = {
    "name": "Kaufhaus Linden",
    "languages": ["de", "en"],
    "fallback_language": "de",
    "address": "du",
    "time_zone": "Europe/Vienna",
    "currency": "EUR",
    "colour": "#112233",
    "imprint_de": "Kaufhaus Linden GmbH\r\nHannover",
}


def test_the_brand_page_writes_shop_and_brand(marketer):
    assert post(marketer, "brand", **BRAND).status_code == 200
    shop, brand = Shop.current(), Brand.current()
    assert (shop.name, shop.address, shop.time_zone, shop.currency) == (
        "Kaufhaus Linden",
        "du",
        "Europe/Vienna",
        "EUR",
    )
    assert brand.imprint == {"de": "Kaufhaus Linden GmbH\nHannover"}
    assert brand.colour == "#112233"


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"colour": "#11223"},
        {"logo": "javascript:alert(1)"},
        {"fallback_language": "fr"},
        {"time_zone": "Mars/Olympus"},
        {"currency": "euro"},
        {"languages": []},
    ],
)
def test_faulty_brands_are_not_saved(marketer, wrong):
    post(marketer, "brand", **BRAND | wrong)
    assert Brand.objects.get().colour == "#0f766e"


def test_an_address_is_suppressed_found_and_released_without_ever_being_shown(administrator):
    address = "anna@example.org"
    post(administrator, "suppression_create", address="Anna@Example.org", reason="objection", source="letter")
    page = administrator.get(reverse("suppression_list")).content.decode()
    assert address not in page.lower()
    found = administrator.get(reverse("suppression_list"), {"q": " ANNA@example.org "})
    assert Suppression.objects.get().address_key[:8] in found.content.decode()
    other = administrator.get(reverse("suppression_list"), {"q": "anna"})
    assert Suppression.objects.get().address_key[:8] not in other.content.decode()
    one = Suppression.objects.get()
    post(administrator, "suppression_release", one.pk, reason="")
    assert Suppression.objects.exists()
    post(administrator, "suppression_release", one.pk, reason="wrote again")
    assert not Suppression.objects.exists()
    assert actions() == ["suppression.added", "suppression.released"]
    assert address not in str(list(AuditEntry.objects.values())).lower()


def test_a_marketer_may_suppress_but_not_release(marketer):
    post(marketer, "suppression_create", address="a@x.org", reason="staff", source="phone")
    key = suppression.address_key("email", "a@x.org")
    assert suppression.load("email", [key]) == {key: "staff"}
    assert post(marketer, "suppression_release", Suppression.objects.get().pk, reason="x").status_code == 403


@pytest.mark.parametrize("name", ["account_list", "brand", "topic_list", "sender_list", "suppression_list"])
def test_an_analyst_reads_no_settings(analyst, name):
    assert analyst.get(reverse(name)).status_code == 403


def test_reading_the_pages_changes_nothing(administrator, account):
    Suppression.objects.create(channel="email", address_key="0" * 64, reason="staff", at=timezone.now())
    for name in (
        "account_list",
        "topic_list",
        "sender_list",
        "suppression_list",
        "topic_create",
        "account_create",
    ):
        assert administrator.get(reverse(name)).status_code == 200
    assert not AuditEntry.objects.exists()


def test_a_sender_is_offered_the_accounts_that_carry_mail(administrator, account):
    Account.objects.create(name="Sandbox SMS", backend="sandbox", channel="sms")
    page = administrator.get(reverse("sender_create")).content.decode()
    assert account.name in page
    assert "Sandbox SMS" not in page
