"""Pages and API of `channels`, but for social posts."""

from typing import Any

from channels import consent
from channels.consent import Statement
from channels.models import (
    Account,
    SandboxMail,
    Sender,
    SendingDomain,
    ServiceMessage,
    Suppression,
    Topic,
)
from customers.models import User
from tests.channels import mails
from tests.config.role_matrix.groups import (
    ADMINISTRATOR,
    APPROVERS,
    MARKETING,
    PUBLIC,
    READERS,
    READS_MAIL,
    WRITES_NOTES,
    Allowed,
)
from tests.config.role_matrix.makers import Maker, customer, unknown_token
from tests.factories import NOON

MATRIX: dict[str, Allowed] = {
    "api:inbox": PUBLIC,
    "api:inbox_acts": PUBLIC,
    "api:post_service_message": PUBLIC,
    "api:push_prompt": PUBLIC,
    "api:push_remove": PUBLIC,
    "api:push_report": PUBLIC,
    "api:push_subscribe": PUBLIC,
    "api:service_call": PUBLIC,
    "click": PUBLIC,
    "opt_out": PUBLIC,
    "opt_in": PUBLIC,
    "preferences": PUBLIC,
    "own_data": PUBLIC,
    "sign_up": PUBLIC,
    "provider_report": PUBLIC,
    "mailbox": READS_MAIL,
    "mail": READS_MAIL,
    "phone": READS_MAIL,
    "phone_message": READS_MAIL,
    "phone_screen": READS_MAIL,
    "shop_inbox": READS_MAIL,
    "shop_message": READS_MAIL,
    "mail_html": READS_MAIL,
    "mail_source": READS_MAIL,
    "consent_withdraw": WRITES_NOTES,
    "consents_pdf": MARKETING | {"approver", "store_manager"},
    "consent_proof": MARKETING | {"approver", "store_manager"},
    "topic_list": MARKETING,
    "topic_create": MARKETING,
    "topic_edit": MARKETING,
    "sender_list": MARKETING,
    "sender_create": ADMINISTRATOR,
    "sender_edit": ADMINISTRATOR,
    "domain": MARKETING,
    "domain_check": ADMINISTRATOR,
    "domain_release": APPROVERS,
    "account_list": MARKETING,
    "account_create": ADMINISTRATOR,
    "account_edit": ADMINISTRATOR,
    "account_pause": ADMINISTRATOR,
    "account_resume": ADMINISTRATOR,
    "account_test": ADMINISTRATOR,
    "account_bounces": ADMINISTRATOR,
    "push": MARKETING,
    "push_words": MARKETING,
    "push_rotate": ADMINISTRATOR,
    "push_browser": ADMINISTRATOR,
    "push_browser_remove": ADMINISTRATOR,
    "brand": MARKETING,
    "saved_block_list": MARKETING,
    "picture": PUBLIC,
    "picture_choice": MARKETING,
    "picture_upload": MARKETING,
    "delivery_policy": READERS,
    "sending": READERS,
    "sending_allow": ADMINISTRATOR,
    "sending_stop": ADMINISTRATOR,
    "free_shipping": MARKETING,
    "suppression_list": MARKETING,
    "suppression_create": MARKETING,
    "suppression_upload": MARKETING,
    "suppression_release": ADMINISTRATOR,
    "test_link": PUBLIC,
    "reply_list": MARKETING,
    "twilio_status": PUBLIC,
    "twilio_inbound": PUBLIC,
    "service_message_list": READERS,
    "service_message_create": MARKETING,
    "service_message": READERS,
    "service_message_publish": MARKETING,
    "service_message_switch": MARKETING,
    "service_calls": READERS,
    "message_editor": MARKETING,
    "message_language": MARKETING,
    "message_change": MARKETING,
    "message_products": MARKETING,
    "message_test": MARKETING,
    "message_preview": READERS,
    "message_inbox": READERS,
    "message_customers": READERS,
}

ANSWERS: dict[str, int] = {
    "api:inbox": 405,
    "api:inbox_acts": 405,
    "api:post_service_message": 405,
    "api:push_prompt": 405,
    "api:push_remove": 405,
    "api:push_report": 405,
    "api:push_subscribe": 405,
    "api:service_call": 401,
    "click": 404,
    "opt_out": 404,
    "opt_in": 404,
    "preferences": 404,
    "own_data": 404,
    "provider_report": 404,
    "domain_check": 405,
    "account_resume": 405,
    "account_test": 405,
    "account_bounces": 405,
    "push_browser": 405,
    "push_browser_remove": 405,
    "picture": 404,
    "picture_upload": 405,
    "twilio_status": 405,
    "twilio_inbound": 405,
    "service_message_publish": 405,
    "message_language": 405,
    "message_change": 405,
    "message_test": 405,
}


def _mail(user: User | None) -> dict[str, Any]:
    return {
        "mail_id": SandboxMail.objects.create(recipient="a@example.org", subject="x", raw=b"Subject: x").pk
    }


def _short(channel: str) -> dict[str, Any]:
    return {"mail_id": SandboxMail.objects.create(recipient="+49", subject="x", channel=channel).pk}


def _consent(user: User | None) -> dict[str, Any]:
    customer_id = customer(user)["customer_id"]
    said = Statement(customer_id, "email", False, "staff", NOON)
    return {"consent_id": consent.record([said], NOON)[0]}


def _account(user: User | None) -> dict[str, Any]:
    return {"account_id": Account.objects.get_or_create(name="Sandbox", backend="sandbox")[0].pk}


def _sender(user: User | None) -> dict[str, Any]:
    about = {"name": "S", "email": "s@example.org"}
    return {"sender_id": Sender.objects.get_or_create(**about, **_account(user))[0].pk}


def _domain(user: User | None) -> dict[str, Any]:
    account = Account.objects.get_or_create(name="Server", backend="smtp", settings={"host": "localhost"})[0]
    Sender.objects.get_or_create(name="D", email="s@linden.example", account=account)
    return {"name": "linden.example"}


def _held_domain(user: User | None) -> dict[str, Any]:
    return {"name": SendingDomain.objects.get_or_create(name="held.example", hold="stopped")[0].name}


def _suppression(user: User | None) -> dict[str, Any]:
    return {
        "suppression_id": Suppression.objects.get_or_create(
            channel="email", address_key="0" * 64, reason="staff"
        )[0].pk
    }


def _service(user: User | None) -> dict[str, Any]:
    message = mails.message(purpose="service", topic=None)
    return {
        "service_id": ServiceMessage.objects.create(key=f"m{message.pk}", name="Order", message=message).pk
    }


def _sms(user: User | None) -> dict[str, Any]:
    return _short("sms")


def _twilio(user: User | None) -> dict[str, Any]:
    return {"account_id": 1}


def _message(user: User | None) -> dict[str, Any]:
    return {"message_id": mails.message().pk}


def _content(user: User | None) -> dict[str, Any]:
    return {"content_id": mails.message().contents.get().pk}


KWARGS: dict[str, Maker] = {
    "api:post_service_message": lambda user: {"key": "order"},
    "api:service_call": lambda user: {"call_id": 1},
    "click": unknown_token,
    "opt_out": unknown_token,
    "opt_in": unknown_token,
    "preferences": unknown_token,
    "own_data": unknown_token,
    "provider_report": lambda user: {"provider": "postmark"},
    "mail": _mail,
    "phone_message": _sms,
    "phone_screen": _sms,
    "shop_message": lambda user: _short("in_app"),
    "mail_html": _mail,
    "mail_source": _mail,
    "consent_withdraw": customer,
    "consents_pdf": customer,
    "consent_proof": _consent,
    "topic_edit": lambda user: {"topic_id": Topic.objects.get_or_create(key="t")[0].pk},
    "sender_edit": _sender,
    "domain": _domain,
    "domain_check": _domain,
    "domain_release": _held_domain,
    "account_edit": _account,
    "account_pause": _account,
    "account_resume": _account,
    "account_test": _account,
    "account_bounces": _account,
    "push_browser_remove": lambda user: {"subscription_id": 1},
    "picture": lambda user: {"digest": "0" * 64, "kind": "jpeg"},
    "suppression_release": _suppression,
    "twilio_status": _twilio,
    "twilio_inbound": _twilio,
    "service_message": _service,
    "service_message_publish": _service,
    "service_message_switch": _service,
    "service_calls": _service,
    "message_editor": _message,
    "message_language": _message,
    "message_change": _content,
    "message_products": _content,
    "message_test": _content,
    "message_preview": _content,
    "message_inbox": _content,
    "message_customers": _content,
}
