"""Double opt-in: nothing is allowed before the click, the proof is complete, and nobody can be bombed with mails."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from channels import backends, consent, evidence, links, opt_in, opt_in_mails, service_mail, suppression
from channels.models import Account, Consent, OptIn, SandboxMail, Sender, Suppression
from customers.models import Customer
from tests.channels.people import NOON, customer, topic

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sender():
    account = Account.objects.create(name="Sandbox", backend="sandbox")
    return Sender.objects.create(name="Kaufhaus Linden", email="post@linden.example", account=account)


@pytest.fixture
def news():
    return topic("news")


def sign_up(address, **data):
    about = consent.Topic.objects.first().pk
    return Client(enforce_csrf_checks=True).post(
        reverse("sign_up") + "?language=en", {"email": address, "topic": about} | data
    )


def ask(address, at=NOON, ip="192.0.2.1", about=None):
    proof = {"wording": "w", "form": "f", "source": "test", "ip": ip}
    return opt_in.ask(address, "email", about, "de", proof, at)


def token_in(mail):
    text = bytes(mail.raw).decode().replace("=\r\n", "").replace("=\n", "")
    return re.search(r"/i/([\w-]+)/", text).group(1)


def test_sign_up_mail_and_click_are_consent_with_complete_proof(news):
    assert sign_up("new@example.org").status_code == 200
    assert not Customer.objects.exists()
    opt_in_mails.mail_waiting(timezone.now())
    mail = SandboxMail.objects.get()
    assert mail.recipient == "new@example.org"
    page = reverse("opt_in", args=[token_in(mail)])

    for _n in range(5):
        assert Client().get(page).status_code == 200
        Client().head(page)
    assert not Consent.objects.exists()

    response = Client(enforce_csrf_checks=True).post(page)
    assert response.status_code == 200
    assert not response.cookies
    person = Customer.objects.get()
    assert consent.load([person.pk], "email", news.pk)[person.pk].may_send
    proof = Consent.objects.get()
    assert proof.basis == "double_opt_in"
    for key in consent.PROOF["double_opt_in"]:
        assert proof.evidence[key], key
    assert re.search(r"\+00:00$", proof.evidence["confirmed_at"])
    assert token_in(mail) not in str(proof.evidence)


def test_the_link_of_an_old_mail_does_not_tell_where_she_is_reached_now(news):
    row = ask("new@example.org", timezone.now(), about=news)
    page = reverse("opt_in", args=[links.opt_in_token(row.pk)])
    opt_in_mails.mail_waiting(timezone.now())
    assert "n•••@e•••.org" in Client().post(page).content.decode()
    assert "n•••@e•••.org" in Client().get(page).content.decode()
    Customer.objects.update(email="zoe@private.net")
    text = Client().get(page).content.decode()
    assert "Thank you" in text or "Danke" in text
    assert "•••" not in text


def test_confirming_again_changes_nothing(news):
    row = ask("new@example.org", timezone.now(), about=news)
    opt_in_mails.mail_waiting(timezone.now())
    page = reverse("opt_in", args=[links.opt_in_token(row.pk)])
    for _n in range(3):
        assert Client().post(page).status_code == 200
    assert Consent.objects.count() == 1
    assert OptIn.objects.get().address == ""


def test_a_known_person_is_found_by_her_address(news):
    anna = customer("anna@example.org")
    row = ask("Anna@Example.org", timezone.now(), about=news)
    opt_in_mails.mail_waiting(timezone.now())
    Client().post(reverse("opt_in", args=[links.opt_in_token(row.pk)]))
    assert Customer.objects.get() == anna
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send


def asked_and_confirmed(person, address, about):
    """A till asked her at this address, and it was confirmed there."""
    row = ask(address, timezone.now(), about=about)
    row.customer = person
    row.save()
    opt_in_mails.mail_waiting(timezone.now())
    Client().post(reverse("opt_in", args=[links.opt_in_token(row.pk)]))
    return OptIn.objects.get(pk=row.pk)


def test_a_yes_is_for_the_mailbox_that_gave_it_and_not_for_the_one_she_has_since(news):
    anna, berta = customer("anna@new.example"), customer("ANNA@old.example")
    row = asked_and_confirmed(anna, "anna@old.example", news)
    facts = consent.load([anna.pk, berta.pk], "email", news.pk)
    assert (facts[anna.pk].may_send, facts[berta.pk].may_send) == (False, True)
    assert row.customer == berta


def test_a_yes_of_a_mailbox_that_nobody_has_any_more_makes_a_customer_of_its_own(news):
    anna = customer("anna@new.example")
    row = asked_and_confirmed(anna, "anna@old.example", news)
    assert row.customer not in (None, anna)
    assert row.customer.email == "anna@old.example"


def test_who_was_merged_meanwhile_keeps_her_yes_where_the_mailbox_is_the_same(news):
    anna = customer("anna@example.org")
    row = asked_and_confirmed(customer("anna@example.org", merged_into=anna), "Anna@example.org", news)
    assert row.customer == anna
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send


def test_who_has_no_mailbox_gets_none_of_whom_somebody_typed_at_the_till(news):
    """Her card may be in other hands, and the mailbox opens her own page."""
    anna = customer("", phone="+4915112345678")
    row = asked_and_confirmed(anna, "Berta@example.org", news)
    assert row.customer != anna
    assert row.customer.email == "Berta@example.org"
    assert not Customer.objects.get(pk=anna.pk).email
    assert consent.load([row.customer.pk], "email", news.pk)[row.customer.pk].may_send


def test_the_proof_names_the_address_only_while_it_is_hers(news):
    anna = customer("anna@example.org")
    asked_and_confirmed(anna, anna.email, news)
    translation.activate("en")
    shown = dict(evidence.facts(Consent.objects.select_related("customer").get()))
    assert shown["Confirmed address"] == "anna@example.org"
    Customer.objects.update(email="anna@new.example")
    said = Consent.objects.select_related("customer").get()
    assert dict(evidence.facts(said))["Confirmed address"] == "a former address"
    assert said.evidence["address_key"] not in str(evidence.facts(said))


def test_the_mail_advertises_nothing_and_is_in_her_language(news):
    ask("new@example.org", about=news)
    opt_in_mails.mail_waiting(NOON)
    raw = bytes(SandboxMail.objects.get().raw).decode()
    assert "img" not in raw
    assert raw.count("http") == 2  # the link, in both parts
    assert "List-Unsubscribe" not in raw


def test_known_unknown_and_suppressed_addresses_get_the_same_answer(news, django_assert_num_queries):
    customer("known@example.org")
    suppression.suppress("email", ["never@example.org"], Suppression.Reason.OBJECTION, NOON)
    sign_up("first@example.org")
    answers = []
    for address in ("known@example.org", "new@example.org", "never@example.org"):
        with django_assert_num_queries(5):
            answers.append(sign_up(address).content)
    assert len(set(answers)) == 1
    opt_in_mails.mail_waiting(timezone.now())
    assert not SandboxMail.objects.filter(recipient="never@example.org").exists()


def test_one_victim_gets_one_mail_a_day_and_three_a_week(news):
    for hour in range(24 * 10):
        at = NOON + timedelta(hours=hour)
        ask(f"victim{'+x' * (hour % 3)}@example.org", at, ip=f"192.0.2.{hour % 250}", about=news)
        opt_in_mails.mail_waiting(at)
    times = sorted(SandboxMail.objects.values_list("at", flat=True))
    assert len(times) == 6  # on days 1, 2, 3 and, a week after each, on days 8, 9, 10
    for at in times:
        assert sum(at <= other < at + timedelta(days=1) for other in times) == 1
        assert sum(at <= other < at + timedelta(days=7) for other in times) <= 3


def test_a_thousand_requests_in_one_batch_are_one_mail(news):
    for _n in range(100):
        ask("victim@example.org", about=news)
    opt_in_mails.mail_waiting(NOON)
    assert SandboxMail.objects.count() == 1
    assert set(OptIn.objects.filter(mailed_at=None).values_list("withheld", flat=True)) == {"capped"}


def test_one_client_cannot_write_to_a_thousand_victims(news):
    for n in range(100):
        ask(f"victim{n}@domain{n}.example", about=news)
    opt_in_mails.mail_waiting(NOON)
    assert SandboxMail.objects.count() == opt_in_mails.PER_CLIENT[1]


def test_a_paused_account_makes_requests_wait_and_a_day_later_they_are_dropped(news, sender):
    sender.account.paused_at = NOON
    sender.account.save()
    ask("new@example.org", about=news)
    assert opt_in_mails.mail_waiting(NOON) == 0
    assert OptIn.objects.get().mailed_at is None
    sender.account.paused_at = None
    sender.account.save()
    assert opt_in_mails.mail_waiting(NOON + timedelta(hours=1)) == 1
    ask("late@example.org", about=news)
    assert opt_in_mails.mail_waiting(NOON + timedelta(days=2)) == 0
    assert OptIn.objects.get(address="late@example.org").withheld == "late"


def test_a_program_that_fills_in_every_field_is_thanked_and_ignored(news):
    assert sign_up("new@example.org", website="https://spam.example").status_code == 200
    assert not OptIn.objects.exists()


def test_a_request_that_nobody_confirmed_is_forgotten(news):
    row = ask("new@example.org", about=news)
    opt_in_mails.mail_waiting(NOON)
    assert opt_in.find(links.opt_in_token(row.pk), NOON + timedelta(days=13))
    assert opt_in.find(links.opt_in_token(row.pk), NOON + timedelta(days=15)) is None
    opt_in.forget(NOON + timedelta(days=15))
    assert not OptIn.objects.exists()


def test_other_tokens_do_not_confirm(news):
    row = ask("new@example.org", timezone.now(), about=news)
    for token in (
        links.opt_out_token(row.pk),
        links.opt_in_token(row.pk + 1),
        "x",
        links.opt_in_token(row.pk),
    ):
        assert (
            Client().post(reverse("opt_in", args=[token])).status_code == 404
        )  # the last one was never mailed
    assert not Consent.objects.exists()


# --- What a crash or a fault costs: time, never the mail ---

LATER = NOON + opt_in_mails.LEASE


def mailed_to():
    return sorted(SandboxMail.objects.values_list("recipient", flat=True))


def three(about):
    return [ask(f"{name}@{name}.example", about=about) for name in ("anna", "berta", "clara")]


def failing(monkeypatch, address, error):
    real = service_mail.opt_in

    def send(recipient, *rest):
        if recipient == address:
            raise error
        return real(recipient, *rest)

    monkeypatch.setattr(service_mail, "opt_in", send)


def test_an_exception_costs_nobody_else_the_mail_and_is_tried_again(news, monkeypatch):
    three(news)
    with monkeypatch.context() as broken:
        failing(broken, "berta@berta.example", RuntimeError("template"))
        assert opt_in_mails.mail_waiting(NOON) == 2
    assert OptIn.objects.get(mailed_at=None).address == "berta@berta.example"
    assert opt_in_mails.mail_waiting(NOON + timedelta(minutes=1)) == 0
    assert opt_in_mails.mail_waiting(LATER) == 1
    assert opt_in_mails.mail_waiting(LATER + timedelta(hours=2)) == 0
    assert mailed_to() == ["anna@anna.example", "berta@berta.example", "clara@clara.example"]


def test_what_a_killed_worker_had_claimed_is_mailed_when_its_lease_runs_out(news, monkeypatch):
    three(news)
    with monkeypatch.context() as killed:
        failing(killed, "berta@berta.example", SystemExit())
        with pytest.raises(SystemExit):
            opt_in_mails.mail_waiting(NOON)
    assert mailed_to() == ["anna@anna.example"]
    ask("dora@dora.example", about=news)
    assert opt_in_mails.mail_waiting(NOON + timedelta(minutes=1)) == 1  # the others are still his
    assert opt_in_mails.mail_waiting(LATER) == 2
    assert opt_in_mails.mail_waiting(LATER + opt_in_mails.LEASE) == 0
    assert mailed_to() == [
        "anna@anna.example",
        "berta@berta.example",
        "clara@clara.example",
        "dora@dora.example",
    ]


def test_wrong_settings_of_the_account_eat_no_requests_and_no_limits(news, sender, monkeypatch):
    three(news)
    ask("anna@anna.example", about=news)
    sandbox = backends.backends["sandbox"]

    def refuse(account):
        raise ValueError("The server's name is missing.")

    with monkeypatch.context() as wrong:
        backends.close_all()
        wrong.setattr(sandbox, "connect", refuse)
        for minute in range(4):
            assert opt_in_mails.mail_waiting(NOON + timedelta(minutes=minute)) == 0
    assert not OptIn.objects.exclude(mailed_at=None, withheld="").exists()
    opt_in_mails.mail_waiting(LATER + opt_in_mails.LEASE)
    assert mailed_to() == ["anna@anna.example", "berta@berta.example", "clara@clara.example"]
    assert list(OptIn.objects.filter(mailed_at=None).values_list("withheld", flat=True)) == ["capped"]


def test_a_request_waits_while_another_workers_mail_may_use_up_the_limit(news):
    first = ask("victim@example.org", about=news)
    assert [row.pk for row in opt_in_mails._claim(NOON)] == [first.pk]
    second = ask("victim+x@example.org", about=news)
    assert opt_in_mails.mail_waiting(NOON + timedelta(minutes=1)) == 0
    second.refresh_from_db()
    assert (second.withheld, second.mailed_at) == ("", None)
    assert opt_in_mails.mail_waiting(LATER) == 1
    second.refresh_from_db()
    assert second.withheld == "capped"
    assert mailed_to() == ["victim@example.org"]


def test_a_backend_that_fails_while_sending_is_not_tried_out_on_a_mailbox(news, monkeypatch):
    ask("anna@example.org", about=news)
    account = Account.objects.get()
    line = backends.connection(account)

    def fail(calls, at):
        raise RuntimeError("after DATA")

    monkeypatch.setattr(line, "send", fail, raising=False)
    assert opt_in_mails.mail_waiting(NOON) == 1
    assert OptIn.objects.get().mailed_at == NOON
    backends.close_all()


def test_a_request_confirmed_before_its_mail_was_noted_is_not_mailed_again(news):
    row = ask("anna@example.org", about=news)
    opt_in_mails._claim(NOON)
    opt_in.confirm(opt_in.find(links.opt_in_token(row.pk), NOON), {"ip": "192.0.2.1"}, NOON)
    assert opt_in_mails.mail_waiting(LATER) == 0
    assert not SandboxMail.objects.exists()
