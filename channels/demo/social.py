"""The demo shop's pages on four networks, all of the sandbox, and what they have posted and are going to."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from channels.models import SocialAccount, SocialClicks, SocialNetwork, SocialPost, SocialPostGroup
from config import clocks
from customers.demo_shop import Stage, stages
from customers.models import Product

ZONE = "Europe/Berlin"
ACCOUNTS = (
    (SocialNetwork.FACEBOOK, "Kaufhaus Linden", "Kaufhaus Linden"),
    (SocialNetwork.INSTAGRAM, "Linden auf Instagram", "kaufhaus.linden"),
    (SocialNetwork.X, "Linden auf X", "kaufhauslinden"),
    (SocialNetwork.PINTEREST, "Pinnwand Schöner wohnen", "Kaufhaus Linden · Schöner wohnen"),
)
ALL = tuple(SocialNetwork)


class Said(NamedTuple):
    """A group: `days` from the day of the demo (past ones are out), at `clock` by Berlin's wall; no clock: a draft."""

    name: str
    text: str
    title: str
    alt: str
    shelf: str
    days: int
    clock: time | None
    networks: tuple[SocialNetwork, ...] = ALL
    short: str = ""  # what X says instead


SAID = (
    Said(
        "Neue Wollkissen",
        "Draußen Nebel, drinnen Wolle. Unsere neuen Kissen sind da: gewebt in der Lüneburger Heide, in sechs Farben."
        "\n\nZum Anfassen in Hannover, Braunschweig und Göttingen. #zuhause #wolle #lindenliebe",
        "Wollkissen aus der Lüneburger Heide",
        "Ein Kissen in warmem Ton vor hellem Grund",
        "10",
        -23,
        time(17, 30),
    ),
    Said(
        "Kaffeeprobe am Samstag",
        "Samstag, 11 bis 15 Uhr: Kaffeeprobe im Erdgeschoss. Drei Röstereien aus der Nachbarschaft brühen für Sie auf,"
        " wir backen den Kuchen dazu. Eintritt frei.",
        "Kaffeeprobe im Kaufhaus Linden",
        "Eine Kaffeebohne, gezeichnet",
        "24",
        -12,
        time(9, 0),
        (SocialNetwork.FACEBOOK, SocialNetwork.INSTAGRAM, SocialNetwork.X),
        "Samstag, 11 bis 15 Uhr: Kaffeeprobe im Erdgeschoss. Drei Röstereien, ein Kuchen, Eintritt frei ☕",
    ),
    Said(
        "Licht für lange Abende",
        "Um halb fünf wird es dunkel? Bei uns geht dann das Licht an. Fünf Leuchten, die einen Abend gemütlich machen.",
        "Fünf Leuchten für lange Abende",
        "Eine Tischleuchte mit rundem Schirm",
        "12",
        -4,
        time(16, 30),
        (SocialNetwork.FACEBOOK, SocialNetwork.PINTEREST),
    ),
    Said(
        "Adventskalender zum Befüllen",
        "24 Säckchen, 24 kleine Freuden: Unser Adventskalender zum Selbstbefüllen ist wieder da. Nur solange der Vorrat"
        " reicht. #advent #diy",
        "Adventskalender zum Befüllen",
        "Ein Päckchen mit Schleife",
        "25",
        2,
        time(18, 0),
    ),
    Said(
        "Öffnungszeiten im Advent",
        "An den Adventssamstagen haben wir bis 20 Uhr geöffnet. Geschenke packen wir kostenlos ein.",
        "",
        "",
        "",
        5,
        time(8, 30),
        (SocialNetwork.FACEBOOK, SocialNetwork.X),
    ),
    Said(
        "Rückblick Kaffeeprobe",
        "Danke an alle, die am Samstag da waren! 240 Tassen und kein Krümel Kuchen übrig.",
        "",
        "Eine Kaffeebohne, gezeichnet",
        "24",
        0,
        None,
        (SocialNetwork.FACEBOOK, SocialNetwork.INSTAGRAM),
    ),
)


def pages() -> dict[str, SocialAccount]:
    """The accounts by network, made where they are missing."""
    found = {}
    for network, name, page in ACCOUNTS:
        defaults = {"network": network, "sandbox": True, "page_name": page}
        found[network.value] = SocialAccount.objects.get_or_create(name=name, defaults=defaults)[0]
    return found


def shown(shelf: str, random: Random) -> tuple[str, str]:
    """(path of the picture, address of the page) of a product of the shelf; the front page where it holds none."""
    skus = list(
        Product.objects.filter(sku__startswith=shelf).order_by("sku").values_list("sku", flat=True)[:40]
    )
    if not shelf or not skus:
        return "", settings.PUBLIC_URL + reverse("demo_front")
    sku = random.choice(skus)
    return reverse("demo_picture", args=[sku]), settings.PUBLIC_URL + reverse("demo_product", args=[sku])


def group(said: Said, link: str, picture: str, on: date) -> SocialPostGroup:
    return SocialPostGroup.objects.create(
        name=said.name,
        text=said.text,
        title=said.title,
        link=link,
        picture=picture,
        alt=said.alt if picture else "",
        wall_time=datetime.combine(on, said.clock, UTC) if said.clock else None,
        time_zone=ZONE,
        utm_campaign=said.name,
    )


def posts(
    made: SocialPostGroup, said: Said, accounts: Iterable[SocialAccount], at: datetime
) -> list[SocialPost]:
    """As workers would have left them by now."""
    due = clocks.instant(made.wall_time, ZONE) if made.wall_time else None
    state = "draft" if due is None else "posted" if due <= at else "scheduled"
    rows = [
        SocialPost(
            group=made,
            account=account,
            own_text=account.network == SocialNetwork.X and bool(said.short),
            text=said.short if account.network == SocialNetwork.X and said.short else made.text,
            **{
                name: getattr(made, name)
                for name in ("title", "link", "picture", "alt", "wall_time", "time_zone")
            },
            due_at=due,
            state=state,
            called_at=due if state == "posted" else None,
            ended_at=due if state == "posted" else None,
        )
        for account in accounts
    ]
    rows = SocialPost.objects.bulk_create(rows)
    for row in rows:
        row.provider_id = f"sandbox-{row.pk}" if state == "posted" else ""
    SocialPost.objects.bulk_update(rows, ["provider_id"])
    return rows


# How well each network leads to the shop; Instagram shows no link that could be followed.
REACH = {SocialNetwork.FACEBOOK: 46, SocialNetwork.X: 14, SocialNetwork.PINTEREST: 31}


def clicks(random: Random, rows: Sequence[SocialPost], at: datetime) -> None:
    """Many on the first day, half as many on each that follows; machines look in on the first."""
    counted = []
    for row in rows:
        most = REACH.get(SocialNetwork(row.account.network), 0)
        if row.due_at is None or row.due_at > at or not most or not row.link:
            continue
        for number in range(min(7, (at - row.due_at).days + 1)):
            people = int(random.uniform(0.6, 1.4) * most / 2**number)
            machines = random.randrange(3, 9) if number == 0 else 0
            on = (row.due_at + timedelta(days=number)).date()
            counted.append(SocialClicks(post=row, day=on, people=people, machines=machines))
    SocialClicks.objects.bulk_create(counted)


def say(said: Said, random: Random, at: datetime) -> SocialPostGroup:
    accounts = pages()
    picture, link = shown(said.shelf, random)
    made = group(said, link, picture, (at + timedelta(days=said.days)).date())
    rows = posts(made, said, [accounts[network.value] for network in said.networks], at)
    clicks(random, rows, at)
    return made


@stages.register
class Social(Stage):
    key = "social"
    order = 56

    def build(self, random: Random, at: datetime) -> None:
        for said in SAID:
            say(said, random, at)
