"""What the evidence of a statement says, in words: for the proofs that staff print."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy

from channels import addresses
from channels.models import Channel, Consent

LABELS = {
    "wording": gettext_lazy("Wording"),
    "words": gettext_lazy("In these words"),
    "form": gettext_lazy("Form"),
    "source": gettext_lazy("Source"),
    "ip": gettext_lazy("IP address"),
    "asked_at": gettext_lazy("Asked at"),
    "mailed_at": gettext_lazy("Confirmation mail sent at"),
    "confirmed_at": gettext_lazy("Confirmed at"),
    "confirmed_ip": gettext_lazy("IP address at confirmation"),
    "token_hash": gettext_lazy("Hash of the confirmation link"),
    "topic_shown": gettext_lazy("Topic as shown"),
    "user_agent": gettext_lazy("Browser"),
    "delivery": gettext_lazy("By the link in message"),
    "merged_from": gettext_lazy("Taken over when merging, from customer"),
    "statement": gettext_lazy("Statement taken over"),
    "how": gettext_lazy("How she said so"),
    "by": gettext_lazy("By"),
    "page": gettext_lazy("Address of the page"),
    "sale": gettext_lazy("Sale"),
    "similar_goods": gettext_lazy("Own similar goods"),
    "notice_at_collection": gettext_lazy("Told when the address was collected"),
    "notice_in_messages": gettext_lazy("Told in each message"),
    "file": gettext_lazy("File"),
    "line": gettext_lazy("Line"),
    "order": gettext_lazy("Order"),
    "stated_at": gettext_lazy("Said at"),
    "store": gettext_lazy("Store"),
    "staff": gettext_lazy("Number of who entered it"),
    "key": gettext_lazy("Told with the key"),
    "api_key": gettext_lazy("Number of the API key"),
    "proof": gettext_lazy("Proof"),
    "given_at": gettext_lazy("Given at"),
    "word": gettext_lazy("Written word"),
    "reply": gettext_lazy("Number of the message from her"),
    "permission": gettext_lazy("Asked by the browser"),
    "subscription": gettext_lazy("Number of the browser"),
    "address_key": gettext_lazy("Confirmed address"),
}
# Only we need it, to take a withdrawal back.
OURS = frozenset({"before", "refused"})
# Values that we write ourselves; those of shops and files stand as they came.
WORDS: dict[str, dict[str, Any]] = {
    "form": {
        "opt_out_page": gettext_lazy("page behind the opt-out link"),
        "preference_page": gettext_lazy("the customer's own page"),
        "customer_page": gettext_lazy("customer page of the back office"),
        "stop_word": gettext_lazy("word that stops messages"),
        "start_word": gettext_lazy("word that takes the stop back"),
        "push prompt": gettext_lazy("question in the shop"),
        "demo": gettext_lazy("demo"),
    },
    "source": {
        "message": gettext_lazy("link in a message"),
        "staff": gettext_lazy("staff"),
        "sign_up_page": gettext_lazy("sign-up page"),
        "till": gettext_lazy("till"),
        Channel.SMS.value: Channel.SMS.label,
        Channel.WHATSAPP.value: Channel.WHATSAPP.label,
    },
    "by": {
        "page": gettext_lazy("a button of the page"),
        "one_click": gettext_lazy("one click in the mail program"),
        "undo": gettext_lazy("taking the opt-out back"),
    },
    "permission": {"granted": gettext_lazy("allowed")},
}


def facts(row: Consent) -> list[tuple[Any, Any]]:
    """Label and value of each; nothing that is empty."""
    shown = ((key, value) for key, value in row.evidence.items() if value not in ("", None, []))
    return [(LABELS.get(key, key), _value(row, key, value)) for key, value in shown if key not in OURS]


def _value(row: Consent, key: str, value: Any) -> Any:
    if key == "address_key":
        return _address(row, value)
    return WORDS.get(key, {}).get(value, value) if isinstance(value, str) else value


def _address(row: Consent, key: str) -> str:
    """Of an address that she no longer has there is the hash only."""
    return addresses.still(row.customer, row.channel, key) or gettext("a former address")
