"""Short mails and texts that somebody asked for by what she just did. They say what they must and advertise nothing.

Mails go out by the first sender's account, texts by the first account for SMS. What mails say is in
templates/channels/mail/.
"""

import logging
from datetime import datetime
from email.utils import make_msgid

from django.conf import settings
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from channels import backends, speech
from channels.backends import Call, Outcome
from channels.backends.base import Kind
from channels.models import Account, Brand, Channel, DataRequest, Sender, Topic
from customers.models import Shop

log = logging.getLogger(__name__)


def opt_in(
    address: str, language: str, topic: Topic | None, token: str, asked_at: datetime, at: datetime
) -> Outcome:
    """Ask whether a sign-up was meant. Refused without a sender."""
    with translation.override(speech.spoken(language)):
        context = {
            "topic": topic.name_in(language) if topic else "",
            "url": settings.PUBLIC_URL + reverse("opt_in", args=[token]),
            "asked_at": asked_at,
        }
        return _send(address, language, _("Please confirm your sign-up"), "opt_in", context, at)


def data_link(
    address: str, language: str, kind: str, token: str, asked_at: datetime, at: datetime
) -> Outcome:
    """Send the link that hands out somebody's data or erases it. Refused without a sender."""
    with translation.override(speech.spoken(language)):
        context: dict[str, object] = {
            "erase": kind == DataRequest.Kind.ERASE,
            "url": settings.PUBLIC_URL + reverse("own_data", args=[token]),
            "asked_at": asked_at,
        }
        subject = _("Delete my data: please confirm") if context["erase"] else _("Your data is ready")
        return _send(address, language, subject, "data_link", context, at)


def sms_account() -> Account | None:
    """The first that is not paused, or one that is: it may go on within the hour."""
    accounts = Account.objects.filter(channel=Channel.SMS)
    return accounts.order_by(F("paused_at").asc(nulls_first=True), "pk").first()


def data_text(number: str, language: str, kind: str, token: str, at: datetime) -> Outcome:
    """As `data_link`, to a number. Refused without an account for SMS."""
    account = sms_account()
    if account is None:
        return Outcome(Kind.US, detail="no account")
    if account.paused_at:
        return Outcome(Kind.LINE, detail="account paused")
    with translation.override(speech.spoken(language)):
        said = (
            _("%(shop)s: delete all your data? Only here, within an hour: %(url)s Did not ask? Ignore this.")
            if kind == DataRequest.Kind.ERASE
            else _("%(shop)s: your data, once and within an hour: %(url)s Did not ask? Ignore this.")
        )
    shop = Shop.current().name
    text = said % {"shop": shop, "url": settings.PUBLIC_URL + reverse("own_data", args=[token])}
    call = Call(0, number, shop, "", "", make_msgid(), "", "", text, {}, Channel.SMS.value, urgent=True)
    return _handed_over(account, call, at)


def test(account_id: int, address: str, language: str, at: datetime) -> Outcome:
    """Show that an account works, at a mail address or a telephone number."""
    account = Account.objects.get(pk=account_id)
    if account.channel != Channel.EMAIL:
        return backends.send_test(account, _short_test(account, address, language), at)
    sender = Sender.objects.filter(account=account_id).order_by("pk").first()
    if sender is None:
        return Outcome(Kind.US, detail=_("No sender uses this account yet."))
    with translation.override(speech.spoken(language)):
        call = _call(sender, address, language, _("Test mail"), "test", {"account": sender.account.name})
    return backends.send_test(sender.account, call, at)


def _short_test(account: Account, address: str, language: str) -> Call:
    with translation.override(speech.spoken(language)):
        text = _("Test of %(shop)s: the account “%(name)s” works.") % {
            "shop": Shop.current().name,
            "name": account.name,
        }
        titles = {Channel.PUSH: _("Test"), Channel.IN_APP: _("It works")}
    parts: dict[str, object] = {"place": "banner"} if account.channel == Channel.IN_APP else {}
    title, house = titles.get(Channel(account.channel), ""), Shop.current().name
    return Call(0, address, house, "", "", make_msgid(), title, "", text, {}, account.channel, parts)


def _send(
    address: str, language: str, subject: str, name: str, context: dict[str, object], at: datetime
) -> Outcome:
    sender = Sender.objects.select_related("account").order_by("pk").first()
    if sender is None:
        return Outcome(Kind.US, detail="no sender")
    if sender.account.paused_at:
        return Outcome(Kind.LINE, detail="account paused")
    call = _call(sender, address, language, subject, name, context)
    return _handed_over(sender.account, call, at)


def _handed_over(account: Account, call: Call, at: datetime) -> Outcome:
    try:
        line = backends.connection(account)
    except (ValueError, KeyError) as error:
        log.warning("Account %s: its settings are wrong: %s", account.pk, error)
        return Outcome(Kind.US, detail=str(error))
    try:
        return line.send([call], at)[call.id]
    except Exception as error:  # the backend's own fault: whether it arrived nobody can tell
        log.exception("Account %s: the backend failed", account.pk)
        return Outcome(Kind.UNKNOWN, detail=type(error).__name__)


def _call(
    sender: Sender, address: str, language: str, subject: str, name: str, context: dict[str, object]
) -> Call:
    brand, shop = Brand.current(), Shop.current()
    about = context | {
        "shop": shop,
        "brand": brand,
        "subject": subject,
        "imprint": speech.in_language(brand.imprint, language),
        "language": speech.spoken(language),
    }
    return Call(
        id=0,
        recipient=address,
        sender_name=sender.name,
        sender_email=sender.email,
        reply_to=sender.reply_to,
        message_id=make_msgid(domain=sender.email.rpartition("@")[2]),
        subject=subject,
        html=render_to_string(f"channels/mail/{name}.html", about),
        text=render_to_string(f"channels/mail/{name}.txt", about),
        headers={"Auto-Submitted": "auto-generated"},
    )
