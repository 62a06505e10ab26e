"""Which of our languages a customer is spoken to in, on pages and in service mails."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def spoken(*wanted: str) -> str:
    """The first of `wanted` that our own texts exist in ("de-AT" counts as "de"), else English."""
    ours = {code for code, _name in settings.LANGUAGES}
    for code in wanted:
        if code in ours or code.split("-")[0] in ours:
            return code if code in ours else code.split("-")[0]
    return "en"


def for_page(request: HttpRequest, *wanted: str) -> str:
    """As `spoken`, with what the browser asks for as the last resort."""
    return spoken(*(code for code in wanted if code), translation.get_language_from_request(request))


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in `language`, else in its base language, else any."""
    for code in (language, language.split("-")[0]):
        if texts.get(code):
            return texts[code]
    return next((text for text in texts.values() if text), "")


def masked(address: str) -> str:
    """An address or a number that its owner recognises and nobody else can use: a•••@e•••.org, +49•••78."""
    local, at, domain = address.rpartition("@")
    if not at:
        return f"{address[:3]}•••{address[-2:]}" if address.startswith("+") else "•••"
    name, dot, end = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{dot}{end}"
