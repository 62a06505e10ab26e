"""What the shop's page asks before the browser does: short, in the visitor's language, and easy to put off.

The words are the wording of the consent, so each is kept under its name in the evidence. A shop may write its own:
each of them stays, so that whoever has read it can still agree to it while the next one is already in force.
"""

import re
from datetime import datetime
from typing import Any, NamedTuple

from channels.models import Account, Brand, Channel, PushWording
from channels.push import keys
from channels.push.account import ASK_AGAIN
from customers.models import Shop


class Words(NamedTuple):
    """`{shop}` in a text stands for the shop's name."""

    title: str
    text: str
    yes: str
    no: str


SHOP = "{shop}"
VERSION = "2026-11"
WORDS: dict[str, Words] = {
    "de": Words(
        "Nachrichten auf diesem Gerät?",
        "{shop} meldet sich dann mit Neuem und Angeboten. Jederzeit abschaltbar.",
        "Ja, gern",
        "Jetzt nicht",
    ),
    "en": Words(
        "Messages on this device?",
        "{shop} will then tell you about news and offers. You can switch this off at any time.",
        "Yes, please",
        "Not now",
    ),
    "fr": Words(
        "Des messages sur cet appareil ?",
        "{shop} vous informera des nouveautés et des offres. Désactivable à tout moment.",
        "Oui, volontiers",
        "Pas maintenant",
    ),
    "nl": Words(
        "Berichten op dit apparaat?",
        "{shop} laat dan weten wat er nieuw en voordelig is. Altijd uit te zetten.",
        "Ja, graag",
        "Niet nu",
    ),
    "it": Words(
        "Messaggi su questo dispositivo?",
        "{shop} segnalerà novità e offerte. Si può disattivare in qualsiasi momento.",
        "Sì, volentieri",
        "Non ora",
    ),
    "es": Words(
        "¿Mensajes en este dispositivo?",
        "{shop} avisará de novedades y ofertas. Se puede desactivar en cualquier momento.",
        "Sí, gracias",
        "Ahora no",
    ),
    "pl": Words(
        "Wiadomości na tym urządzeniu?",
        "{shop} powiadomi o nowościach i ofertach. Można to wyłączyć w każdej chwili.",
        "Tak, chętnie",
        "Nie teraz",
    ),
}
NAME = re.compile(rf"{VERSION}-([a-z]{{2}})|own-([1-9]\d{{0,17}})", re.ASCII)


def account() -> Account | None:
    """The account that carries push messages for real; without one nobody is asked."""
    return Account.objects.filter(channel=Channel.PUSH, backend="web_push").order_by("pk").first()


def shown(language: str, at: datetime) -> dict[str, Any]:
    """What the script in the page needs to ask, and to subscribe."""
    found = account()
    if found is None:
        return {"enabled": False}
    brand, own = Brand.current(), own_words()
    code = spoken(language, brand.fallback_language, own)
    wording = own.get(code)
    return {
        "enabled": True,
        "publicKey": keys.active(at).public,
        "askAgain": int(found.settings.get("ask_again") or ASK_AGAIN),
        "colour": brand.colour,
        "prompt": {
            "id": f"own-{wording.pk}" if wording else f"{VERSION}-{code}",
            "language": code,
            **filled(written(wording) if wording else WORDS[code])._asdict(),
        },
    }


def own_words() -> dict[str, PushWording]:
    """The shop's own words that are in force, by language."""
    newest = PushWording.objects.order_by("language", "-pk").distinct("language")
    return {each.language: each for each in newest if each.title}


def written(wording: PushWording) -> Words:
    return Words(*(getattr(wording, part) for part in Words._fields))


def filled(words: Words) -> Words:
    """No formatting: what else stands in braces stays what it is."""
    name = Shop.current().name
    return Words(*(each.replace(SHOP, name) for each in words))


def spoken(language: str, fallback: str, own: dict[str, PushWording]) -> str:
    """The first of both that we have words in, else English."""
    bases = (each.lower().split("-")[0] for each in (language, fallback))
    return next((base for base in bases if base in own or base in WORDS), "en")


def evidence(name: str) -> dict[str, Any]:
    """What somebody has agreed to by a prompt of this name; {} for one that is none of ours."""
    words = _named(name)
    if words is None:
        return {}
    title, text, yes, _no = filled(words)
    return {
        "wording": name,
        "words": f"{title} {text} [{yes}]",
        "form": "push prompt",
        "permission": "granted",
    }


def _named(name: str) -> Words | None:
    found = NAME.fullmatch(name)
    if found is None or found[1]:
        return WORDS.get(found[1]) if found else None
    wording = PushWording.objects.filter(pk=int(found[2])).exclude(title="").first()
    return written(wording) if wording else None
