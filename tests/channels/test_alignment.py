"""Whether what proves a mail stands for the domain that readers see: by signature or return address, as DMARC asks."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.domains import health, words
from channels.domains.findings import Finding
from channels.messages import checks
from channels.models import Account, Sender, SendingDomain
from customers.models import User
from tests.channels import mails
from tests.channels.test_domains import AT, DOMAIN, KEY, all_right
from tests.servers.names import Names

pytestmark = pytest.mark.django_db
STRICT = "v=DMARC1; p=none; rua=mailto:d@linden.example; adkim=s; aspf=s"


@pytest.fixture
def names(settings: Any) -> Iterator[Names]:
    server = Names()
    settings.DNS_SERVERS = [server.place]
    all_right(server)
    yield server
    server.close()


def sender(domain: str = DOMAIN, backend: str = "anymail", **settings: Any) -> Sender:
    account = Account.objects.create(
        name=f"Account {Account.objects.count()}", backend=backend, settings=settings
    )
    return Sender.objects.create(name="Linden", email=f"post@{domain}", account=account)


def found(domain: str = DOMAIN) -> Finding:
    [finding] = [each for each in health.of(health.check(domain, AT)) if each.topic == "alignment"]
    return finding


def state(domain: str = DOMAIN) -> tuple[str, str, str]:
    finding = found(domain)
    return finding.state, finding.fault, finding.extra


def without_key(names: Names) -> None:
    del names.records[f"k1._domainkey.{DOMAIN}", "TXT"]


def test_a_key_under_the_domain_itself_suffices_however_strict(names: Names) -> None:
    sender(esp="mailgun")
    names.text(f"_dmarc.{DOMAIN}", STRICT)
    assert state() == ("good", "align_dkim", DOMAIN)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@b.example", ("good", "align_dkim", "mg.linden.example")),
        (STRICT, ("bad", "align_none", "mg.linden.example")),
    ],
)
def test_a_key_beside_it_goes_with_it_unless_the_policy_is_strict(
    names: Names, policy: str, expected: tuple[str, str, str]
) -> None:
    """Mailgun signs for, and returns to, the domain that its options name."""
    sender(esp="mailgun", options={"sender_domain": "MG.linden.example"})
    without_key(names)
    names.text("k1._domainkey.mg.linden.example", f"p={KEY}")
    names.text(f"_dmarc.{DOMAIN}", policy)
    assert state() == expected


def test_two_below_one_policy_go_together(names: Names) -> None:
    sender(domain=f"news.{DOMAIN}", esp="mailgun", options={"sender_domain": "mg.linden.example"})
    without_key(names)
    names.text("k1._domainkey.mg.linden.example", f"p={KEY}")
    assert state(f"news.{DOMAIN}") == ("good", "align_dkim", "mg.linden.example")
    names.text(f"k1._domainkey.{DOMAIN}", f"p={KEY}")
    names.text("k1._domainkey.mg.linden.example", "p=")
    assert state(f"news.{DOMAIN}") == ("good", "align_dkim", DOMAIN)


def test_a_foreign_return_address_and_no_key_prove_nothing_and_stop_the_message(names: Names) -> None:
    one = sender(esp="mailgun", options={"sender_domain": "bounces.agency.example"})
    SendingDomain.objects.create(name=DOMAIN, selectors="x")
    assert state() == ("bad", "align_none", "bounces.agency.example")
    draft = mails.message(sender=one)
    [fault] = [fault for fault in checks.faults(draft) if fault.place.field == "sender"]
    assert fault.blocks
    assert "nothing that proves them stands for that domain" in fault.sentence
    names.text(f"x._domainkey.{DOMAIN}", f"p={KEY}")
    assert state()[0] == "good"
    assert not [fault for fault in checks.faults(draft) if fault.place.field == "sender"]


def test_by_smtp_bounces_come_to_the_sender(names: Names) -> None:
    sender(backend="smtp", host="localhost")
    without_key(names)
    assert state() == ("good", "align_spf", DOMAIN)
    names.text(DOMAIN, "v=spf1 +all")
    assert state() == ("unknown", "align_unknown", "")
    SendingDomain.objects.update(selectors="gone")
    assert state() == ("bad", "align_nothing", "")


def test_one_account_that_nobody_can_see_into_leaves_it_open(names: Names) -> None:
    sender(backend="smtp", host="localhost")
    sender(esp="postmark")
    without_key(names)
    assert health.return_paths(DOMAIN) == ["", DOMAIN]
    assert state() == ("unknown", "align_unknown", "")
    told = words.told(found(), DOMAIN)
    assert "Authentication-Results" in told.mend


def test_without_a_policy_nobody_compares_and_the_review_warns(names: Names) -> None:
    one = sender(esp="mailgun")
    names.text(f"_dmarc.{DOMAIN}", "v=DMARC1; p=maybe")
    assert state() == ("unknown", "align_no_policy", "")
    [fault] = [fault for fault in checks.faults(mails.message(sender=one)) if fault.place.field == "sender"]
    assert not fault.blocks
    assert "no valid DMARC record" in fault.sentence


def test_the_page_says_it(names: Names, admin_client: Client, admin_user: User) -> None:
    User.objects.filter(pk=admin_user.pk).update(language="en")
    sender(esp="mailgun")
    health.check(DOMAIN, AT)
    page = admin_client.get(reverse("domain", args=[DOMAIN])).content.decode()
    assert f"Signatures are made for {DOMAIN}, which goes with the sender." in page
