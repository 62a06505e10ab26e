"""A sending domain is looked up in DNS; what is wrong is said with its mend, and stops what would be turned away."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.urls import reverse

from channels.domains import dns, health, words
from channels.domains.findings import State
from channels.messages import checks
from channels.models import Account, Message, Sender, SendingDomain
from customers.models import AuditEntry, User
from tests.channels import mails
from tests.servers.names import Names

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
DOMAIN = "linden.example"


@pytest.fixture
def names(settings: Any) -> Iterator[Names]:
    server = Names()
    settings.DNS_SERVERS = [server.place]
    yield server
    server.close()


@pytest.fixture(autouse=True)
def sender() -> Sender:
    account = Account.objects.create(name="Mailgun", backend="anymail", settings={"esp": "mailgun"})
    return Sender.objects.create(name="Linden", email=f"post@{DOMAIN}", account=account)


def key(bits: int) -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


KEY = key(2048)


def all_right(names: Names) -> None:
    names.text(DOMAIN, "some-verification=1", "v=spf1 include:mailgun.org ~all")
    names.text("mailgun.org", "v=spf1 ip4:192.0.2.1 -all")
    names.text(f"k1._domainkey.{DOMAIN}", f"v=DKIM1; k=rsa; p={KEY}")
    names.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=quarantine; rua=mailto:d@linden.example")
    names.records[DOMAIN, "MX"] = ["10 mail.linden.example."]


def faults(names: Names) -> dict[str, str]:
    return {each.topic: each.fault for each in health.of(health.check(DOMAIN, AT))}


def test_a_domain_in_order(names: Names) -> None:
    all_right(names)
    assert faults(names) == {
        "spf": "spf_good",
        "dkim": "dkim_good",
        "dmarc": "dmarc_quarantine",
        "mx": "mx_good",
        "alignment": "align_dkim",
    }
    assert health.worst(SendingDomain.objects.get()) is State.GOOD


def test_a_domain_of_which_dns_knows_nothing(names: Names) -> None:
    assert faults(names) == {
        "spf": "spf_missing",
        "dkim": "dkim_unknown",
        "dmarc": "dmarc_missing",
        "mx": "mx_missing",
        "alignment": "align_no_policy",
    }
    told = [words.told(each, DOMAIN) for each in health.of(SendingDomain.objects.get())]
    assert [each.value for each in told if each.value] == [
        "v=spf1 include:mailgun.org ~all",
        "v=DMARC1; p=none; rua=mailto:dmarc@linden.example",
    ]
    assert all(each.mend for each in told)


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        (["v=spf1 include:mailgun.org -all", "v=spf1 mx -all"], "spf_twice"),
        (["v=spf1 include:mailgun.org +all"], "spf_anybody"),
        (["v=spf1 mx -all"], "spf_other"),
        (
            ["v=spf1 include:mailgun.org " + " ".join(f"a:h{n}.example" for n in range(10)) + " -all"],
            "spf_lookups",
        ),
        (["v=spf1 include:loop.example include:mailgun.org -all"], "spf_good"),
        (["v=spf10 all"], "spf_missing"),
    ],
)
def test_what_is_wrong_with_spf(names: Names, records: list[str], fault: str) -> None:
    all_right(names)
    names.text(DOMAIN, *records)
    names.text("loop.example", "v=spf1 include:loop.example -all")
    assert faults(names)["spf"] == fault


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ("v=DKIM1; p=", "dkim_revoked"),
        ("v=DKIM1; p=AAAA", "dkim_broken"),
        ("v=DKIM1; p=!", "dkim_broken"),
        (f"p={key(1024)}", "dkim_weak"),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "dkim_good"),
        ("something else", "dkim_unknown"),
    ],
)
def test_what_is_wrong_with_dkim(names: Names, record: str, fault: str) -> None:
    all_right(names)
    names.text(f"k1._domainkey.{DOMAIN}", record)
    assert faults(names)["dkim"] == fault


def test_a_good_key_outweighs_an_old_one(names: Names) -> None:
    all_right(names)
    names.text(f"mailo._domainkey.{DOMAIN}", "v=DKIM1; p=")
    assert faults(names)["dkim"] == "dkim_good"


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        (["v=DMARC1; p=none"], "dmarc_silent"),
        (["v=DMARC1; p=none; rua=mailto:a@b.example"], "dmarc_none"),
        (["v=DMARC1; p=nothing"], "dmarc_broken"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "dmarc_twice"),
    ],
)
def test_what_is_wrong_with_dmarc(names: Names, records: list[str], fault: str) -> None:
    all_right(names)
    names.text(f"_dmarc.{DOMAIN}", *records)
    assert faults(names)["dmarc"] == fault


def test_the_policy_of_the_domain_above_counts(names: Names, sender: Sender) -> None:
    all_right(names)
    sender.email = f"post@news.{DOMAIN}"
    sender.save()
    found = {each.topic: each.fault for each in health.of(health.check(f"news.{DOMAIN}", AT))}
    assert found["dmarc"] == "dmarc_quarantine"


def test_a_domain_that_takes_no_mail(names: Names) -> None:
    all_right(names)
    names.records[DOMAIN, "MX"] = ["0 ."]
    assert faults(names)["mx"] == "mx_missing"


def test_silence_is_no_fault_and_is_waited_for_once(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns, "PATIENCE", 0.2)
    names.silent = True
    assert set(faults(names).values()) == {"unasked"}
    assert {name for name, _kind in names.asked} == {DOMAIN}
    assert not health.is_unproven(f"post@{DOMAIN}")


def test_only_domains_that_really_send_are_looked_up(names: Names) -> None:
    sandbox = Account.objects.create(name="Sandbox", backend="sandbox")
    Sender.objects.create(name="Trial", email="a@trial.example", account=sandbox)
    health.check_all(AT)
    assert list(SendingDomain.objects.values_list("name", flat=True)) == [DOMAIN]


def message(sender: Sender) -> Message:
    found = mails.message()
    found.sender = sender
    found.save()
    return found


def test_a_message_that_nobody_would_believe_is_stopped(names: Names, sender: Sender) -> None:
    draft = message(sender)
    about = [fault for fault in checks.faults(draft) if fault.place.field == "sender"]
    assert not about, "a domain that was never looked up stops nothing"
    SendingDomain.objects.create(name=DOMAIN, selectors="x")
    health.check(DOMAIN, AT)
    fault, warning = [fault for fault in checks.faults(draft) if fault.place.field == "sender"]
    assert fault.blocks
    assert DOMAIN in fault.sentence
    assert not warning.blocks
    assert "no valid DMARC record" in warning.sentence
    all_right(names)
    names.text(f"x._domainkey.{DOMAIN}", f"p={KEY}")
    health.check(DOMAIN, AT)
    assert not [fault for fault in checks.faults(draft) if fault.place.field == "sender"]


def test_staff_see_it_mend_it_and_check_again(admin_client: Client, admin_user: User, names: Names) -> None:
    User.objects.filter(pk=admin_user.pk).update(language="en")
    page = reverse("domain", args=[DOMAIN])
    assert "Not checked yet" in admin_client.get(page).content.decode()
    check = reverse("domain_check", args=[DOMAIN])
    said = admin_client.post(
        check, {"selectors": f" S1._domainkey.{DOMAIN}; s1"}, follow=True
    ).content.decode()
    assert "There is no key under the selector S1, s1." in said
    all_right(names)
    names.text(f"s1._domainkey.{DOMAIN}", f"p={KEY}")
    said = admin_client.post(check, {"selectors": "s1"}, follow=True).content.decode()
    assert "A key is there, under the selector s1." in said
    assert AuditEntry.objects.filter(action="sendingdomain.changed").count() == 2
    assert "in order" in admin_client.get(reverse("sender_list")).content.decode()


@pytest.mark.parametrize("typed", ["a b!", "-", "a,b,c,d,e,f", "ä"])
def test_what_is_no_selector_is_refused(admin_client: Client, names: Names, typed: str) -> None:
    said = admin_client.post(reverse("domain_check", args=[DOMAIN]), {"selectors": typed})
    assert said.status_code == 200
    assert not names.asked


def test_a_domain_that_is_not_ours_has_no_page(admin_client: Client) -> None:
    assert admin_client.get(reverse("domain", args=["other.example"])).status_code == 404


def test_today_tells_of_a_domain_that_fails(admin_client: Client, names: Names) -> None:
    assert DOMAIN not in admin_client.get(reverse("today")).content.decode()
    health.check(DOMAIN, AT)
    assert DOMAIN in admin_client.get(reverse("today")).content.decode()
