"""What the shop's page asks before the browser does: short, in the visitor's language, and easy to put off.

The words are the wording of the consent, so each is kept under its name in the evidence.
"""

from datetime import datetime
from typing import Any

from channels import speech
from channels.models import Account, Brand, Channel
from channels.push import keys
from channels.push.account import ASK_AGAIN
from customers.models import Shop

VERSION = "2026-11"
# Title, text, yes, no.
WORDS: dict[str, tuple[str, str, str, str]] = {
    "de": (
        "Nachrichten auf diesem Gerät?",
        "{shop} meldet sich dann mit Neuem und Angeboten. Jederzeit abschaltbar.",
        "Ja, gern",
        "Jetzt nicht",
    ),
    "en": (
        "Messages on this device?",
        "{shop} will then tell you about news and offers. You can switch this off at any time.",
        "Yes, please",
        "Not now",
    ),
    "fr": (
        "Des messages sur cet appareil ?",
        "{shop} vous informera des nouveautés et des offres. Désactivable à tout moment.",
        "Oui, volontiers",
        "Pas maintenant",
    ),
    "nl": (
        "Berichten op dit apparaat?",
        "{shop} laat dan weten wat er nieuw en voordelig is. Altijd uit te zetten.",
        "Ja, graag",
        "Niet nu",
    ),
    "it": (
        "Messaggi su questo dispositivo?",
        "{shop} segnalerà novità e offerte. Si può disattivare in qualsiasi momento.",
        "Sì, volentieri",
        "Non ora",
    ),
    "es": (
        "¿Mensajes en este dispositivo?",
        "{shop} avisará de novedades y ofertas. Se puede desactivar en cualquier momento.",
        "Sí, gracias",
        "Ahora no",
    ),
    "pl": (
        "Wiadomości na tym urządzeniu?",
        "{shop} powiadomi o nowościach i ofertach. Można to wyłączyć w każdej chwili.",
        "Tak, chętnie",
        "Nie teraz",
    ),
}


def account() -> Account | None:
    """The account that carries push messages for real; without one nobody is asked."""
    return Account.objects.filter(channel=Channel.PUSH, backend="web_push").order_by("pk").first()


def shown(language: str, at: datetime) -> dict[str, Any]:
    """What the script in the page needs to ask, and to subscribe."""
    found = account()
    if found is None:
        return {"enabled": False}
    code = spoken(language)
    title, text, yes, no = _words(code)
    return {
        "enabled": True,
        "publicKey": keys.active(at).public,
        "askAgain": int(found.settings.get("ask_again") or ASK_AGAIN),
        "colour": Brand.current().colour,
        "prompt": {
            "id": f"{VERSION}-{code}",
            "language": code,
            "title": title,
            "text": text,
            "yes": yes,
            "no": no,
        },
    }


def spoken(language: str) -> str:
    base = language.lower().split("-")[0]
    return base if base in WORDS else speech.spoken(Brand.current().fallback_language)


def evidence(name: str) -> dict[str, Any]:
    """What somebody has agreed to by a prompt of this name; {} for one that is none of ours."""
    version, _dash, code = name.rpartition("-")
    if version != VERSION or code not in WORDS:
        return {}
    title, text, yes, _no = _words(code)
    return {
        "wording": name,
        "words": f"{title} {text} [{yes}]",
        "form": "push prompt",
        "permission": "granted",
    }


def _words(code: str) -> list[str]:
    return [each.format(shop=Shop.current().name) for each in WORDS[code]]
