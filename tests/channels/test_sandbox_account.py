"""The account that a new installation can send with before there is one with a provider."""

import pytest
from django.core.management import call_command

from channels import backends
from channels.models import Account, SandboxMail
from tests.contracts.test_backends import NOW, call

pytestmark = pytest.mark.django_db


def test_an_installation_without_accounts_gets_one_that_keeps_its_mails() -> None:
    call_command("sandbox")
    call_command("sandbox")
    account = Account.objects.get()
    assert (account.name, account.backend, account.channel) == ("Sandbox", "sandbox", "email")
    backends.backends[account.backend].connect(account).send([call(0)], NOW)
    assert SandboxMail.objects.count() == 1


def test_an_account_of_any_kind_is_enough() -> None:
    Account.objects.create(name="Till texts", backend="twilio", channel="sms")
    call_command("sandbox")
    assert Account.objects.get().name == "Till texts"
