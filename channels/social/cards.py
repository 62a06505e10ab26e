"""A post as its network shows it: plain values for the templates of the cards. Templates escape the texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from channels.models import SocialPost
from channels.networks.base import Network
from channels.social import posts, words
from channels.social.posts import Fault
from config.pages.parts import Text
from customers import catalogue

PIECE = re.compile(r"(?P<link>https?://[^\s<>\"]+)|(?P<tag>(?<![\w&])[#@]\w+)", re.IGNORECASE)
SHOWN = 27  # signs of an address, as X shows it


class Piece(NamedTuple):
    """A part of a text: plain, a link or a tag."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Card:
    post: SocialPost
    network: Network
    who: str
    initial: str
    pieces: list[Piece]
    title: str
    picture: str
    alt: str
    link: str
    host: str
    when: str
    length: int
    faults: list[Fault]
    hints: list[Text]

    @property
    def over(self) -> bool:
        return self.length > self.network.longest


def card(post: SocialPost, at: datetime) -> Card:
    where, said = posts.network(post), posts.content(post)
    account = post.account
    who = account.page_name or account.name
    text = where.written(said)
    return Card(
        post=post,
        network=where,
        who=who,
        initial=next((sign for sign in who if sign.isalnum()), "?").upper(),
        pieces=list(pieces(text)),
        title=said.title if where.has_title else "",
        picture=catalogue.own_path(said.picture) or said.picture,
        alt=said.alt,
        link=post.link if where.shows_link else "",
        host=(urlsplit(post.link).hostname or "") if where.shows_link else "",
        when=words.when(post),
        length=where.length(said),
        faults=list(posts.faults(post, at)) if post.is_open else [],
        hints=list(where.hints(said)) if post.is_open else [],
    )


def pieces(text: str) -> Iterator[Piece]:
    place = 0
    for found in PIECE.finditer(text):
        if found.start() > place:
            yield Piece(text[place : found.start()])
        yield Piece(_short(found["link"]), "link") if found["link"] else Piece(found["tag"], "tag")
        place = found.end()
    if place < len(text):
        yield Piece(text[place:])


def _short(address: str) -> str:
    bare = re.sub(r"^https?://(www\.)?", "", address, flags=re.IGNORECASE)
    return bare if len(bare) <= SHOWN else bare[:SHOWN] + "…"
