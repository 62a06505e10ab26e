"""What people mean by a single word: stop, help, or start after a stop. In the languages of the shops that we know of.

A word counts only when it is the whole message, besides a few that say nothing: “STOP bitte” stops, “Please do not
stop” is for a human. In doubt between languages it is a stop: nobody is hurt by hearing less.
"""

import re
import unicodedata
from collections.abc import Mapping

from channels.models import Reply

STOP: Mapping[str, tuple[str, ...]] = {
    "en": (
        "stop",
        "stopall",
        "stop all",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "optout",
        "opt out",
        "revoke",
    ),
    "de": ("stopp", "abmelden", "abbestellen", "austragen", "abmeldung", "beenden", "ende", "widerruf"),
    "fr": (
        "arret",
        "arreter",
        "arretez",
        "desabonner",
        "me desabonner",
        "se desabonner",
        "desinscription",
        "stopper",
    ),
    "nl": ("stoppen", "afmelden", "uitschrijven", "afmelding"),
    "it": ("disiscriviti", "disiscrivimi", "cancellami", "annulla", "basta", "ferma"),
    "es": ("baja", "darme de baja", "dar de baja", "alto", "cancelar", "parar"),
    "pl": ("wypisz", "wypisz sie", "wypisz mnie", "rezygnuje", "anuluj", "koniec"),
}
HELP: Mapping[str, tuple[str, ...]] = {
    "en": ("help", "info", "who is this"),
    "de": ("hilfe", "wer ist das"),
    "fr": ("aide",),
    "nl": ("hulp",),
    "it": ("aiuto",),
    "es": ("ayuda",),
    "pl": ("pomoc",),
}
START: Mapping[str, tuple[str, ...]] = {
    "en": ("start", "unstop", "opt in", "optin", "subscribe", "start again"),
    "de": ("anmelden", "weiter", "wieder anmelden"),
    "fr": ("reprendre", "reabonner", "me reabonner"),
    "nl": ("aanmelden", "hervatten"),
    "it": ("riprendi", "iscrivimi"),
    "es": ("alta", "reanudar", "darme de alta"),
    "pl": ("wznow", "zapisz", "zapisz mnie"),
}
# Said around a word without a meaning of its own.
FILLING = frozenset(
    re.findall(
        r"\w+",
        "bitte danke dank jetzt sofort werbung sms whatsapp please pls thanks thank you now svp merci por per favor"
        " favore gracias grazie prosze dziekuje",
    )
)
LONGEST = 60
# Letters that have no accent to be taken off.
PLAIN = str.maketrans({"ł": "l", "ß": "ss", "ø": "o"})


def _known() -> dict[str, tuple[Reply.Kind, str]]:
    found = {word: (Reply.Kind.HELP, language) for language, words in HELP.items() for word in words}
    found |= {word: (Reply.Kind.START, language) for language, words in START.items() for word in words}
    return found | {word: (Reply.Kind.STOP, language) for language, words in STOP.items() for word in words}


KNOWN = _known()


def meaning(text: str) -> tuple[Reply.Kind, str]:
    """What a message is, and the language of its word; "" for a free text."""
    if len(text) > LONGEST:
        return Reply.Kind.TEXT, ""
    words = re.findall(r"\w+", plain(text))
    for said in (words, [word for word in words if word not in FILLING]):
        if found := KNOWN.get(" ".join(said)):
            return found
    return Reply.Kind.TEXT, ""


def plain(text: str) -> str:
    """Small letters without accents: `ARRÊT` is `arret`, and full-width letters are letters."""
    folded = unicodedata.normalize("NFKD", text.casefold().translate(PLAIN))
    return "".join(sign for sign in folded if not unicodedata.combining(sign))
