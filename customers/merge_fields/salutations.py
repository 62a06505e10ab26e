"""How a letter begins, by language and form of address. What is not known is never guessed."""

from collections.abc import Mapping
from typing import NamedTuple

from customers.models import Customer, Shop
from customers.personalisation import in_language

MS, MR = Customer.Salutation.MS, Customer.Salutation.MR


class Words(NamedTuple):
    """`formal[salutation]` with {title} and {name}; `full` and `familiar` when only names are known."""

    formal: Mapping[str, str]
    full: str
    familiar: str
    neutral: str
    familiar_neutral: str


WORDS: dict[str, Words] = {
    "de": Words(
        {MS: "Guten Tag Frau {title}{last}", MR: "Guten Tag Herr {title}{last}"},
        "Guten Tag {title}{first}{last}",
        "Hallo {first}",
        "Guten Tag",
        "Hallo",
    ),
    "en": Words(
        {MS: "Dear {ms}{title}{last}", MR: "Dear {mr}{title}{last}"},
        "Dear {title}{first}{last}",
        "Hello {first}",
        "Hello",
        "Hello",
    ),
    "fr": Words(
        {MS: "Bonjour Madame {title}{last}", MR: "Bonjour Monsieur {title}{last}"},
        "Bonjour {title}{first}{last}",
        "Bonjour {first}",
        "Bonjour",
        "Bonjour",
    ),
    "nl": Words(
        {MS: "Geachte mevrouw {title}{last}", MR: "Geachte heer {title}{last}"},
        "Beste {title}{first}{last}",
        "Beste {first}",
        "Goedendag",
        "Hallo",
    ),
    "it": Words(
        {MS: "Gentile Signora {title}{last}", MR: "Gentile Signor {title}{last}"},
        "Gentile {title}{first}{last}",
        "Ciao {first}",
        "Buongiorno",
        "Ciao",
    ),
    "es": Words(
        {MS: "Estimada Sra. {title}{last}", MR: "Estimado Sr. {title}{last}"},
        "Hola, {title}{first}{last}",
        "Hola, {first}",
        "Buenos días",
        "Hola",
    ),
}


def line(
    language: str, form: str, *, salutation: str = "", title: str = "", first: str = "", last: str = ""
) -> str:
    """ "Guten Tag Frau Dr. Lindner", "Hello Anna", "Guten Tag": without a comma. `form` is a Shop.Address.

    Languages without words of their own get the English ones.
    """
    words: Words = in_language(WORDS, language)
    if form == Shop.Address.FAMILIAR:
        return words.familiar.format(first=first) if first else words.familiar_neutral
    parts = {
        "title": f"{title} " if title else "",
        "first": f"{first} " if first else "",
        "last": last,
        # English gives the title instead of Ms or Mr.
        "ms": "" if title else "Ms ",
        "mr": "" if title else "Mr ",
    }
    if last and salutation in words.formal:
        return words.formal[salutation].format(**parts)
    if first and last:
        return words.full.format(**parts)
    return words.neutral
