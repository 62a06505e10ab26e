"""Contests and private sales of the demo shop: one of each that runs, one contest that is drawn, one sale that is over.

Of what else loyalty builds they use the tiers, where there are some.
"""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from config import clocks
from customers.demo_shop import Stage, stages
from customers.models import Category, Customer, Segment, User
from loyalty.contests import drawing, draws, running
from loyalty.contests.running import Prize
from loyalty.models import AccessGrant, Contest, ContestEntry, ContestWinner, Sale, Tier
from loyalty.sales import granting
from loyalty.sales import running as sales
from loyalty.sales.running import Wave

ZONE = "Europe/Berlin"
CONDITIONS = {
    "de": "Teilnehmen können alle ab 18 Jahren mit Wohnsitz in Deutschland, Österreich oder der Schweiz. Wer bei uns "
    "arbeitet, nimmt nicht teil. Die Gewinner werden nach dem letzten Tag ausgelost und benachrichtigt; wer sich zwei "
    "Wochen lang nicht meldet, verliert den Gewinn an die Nächsten. Eine Barauszahlung ist ausgeschlossen.",
    "en": "Open to everybody from 18 years on who lives in Germany, Austria or Switzerland. Who works for us does not "
    "take part. The winners are drawn after the last day and told; who does not answer for two weeks loses the prize "
    "to the next. Prizes are not paid out in money.",
}


def texts(german: tuple[str, str], english: tuple[str, str]) -> dict[str, dict[str, str]]:
    return {
        language: {"title": title, "text": text, "conditions": CONDITIONS[language]}
        for language, (title, text) in (("de", german), ("en", english))
    }


def begin(contest: Contest, random: Random, at: datetime) -> Contest:
    """As running.start, with a seed that is the same each time the demo shop is built."""
    contest.seed = f"{random.getrandbits(256):064x}"
    contest.commitment = drawing.commitment(contest.seed)
    contest.state, contest.started_at = Contest.State.OPEN, at
    contest.save()
    return contest


def take_part(contest: Contest, random: Random, people: list[int], until: datetime) -> None:
    """Many on the first days, fewer later, each once."""
    span = (min(until, contest.ends_at) - contest.starts_at).total_seconds()
    rows = []
    for person in people:
        at = contest.starts_at + timedelta(seconds=span * random.random() ** 2)
        day = clocks.local_day(at, ZONE)
        rows.append(
            ContestEntry(
                contest=contest,
                customer_id=person,
                source=contest.way,
                reference=f"{person}/1",
                at=at,
                day=day,
                slot=1,
                day_slot=1,
            )
        )
    ContestEntry.objects.bulk_create(rows)


def contests(random: Random, people: list[int], by: User | None, at: datetime) -> None:
    today = clocks.local_day(at, ZONE)
    autumn = _contest(
        "herbstfoto",
        "Herbstfoto",
        texts(
            (
                "Das schönste Herbstfoto",
                "Fotos von Spaziergängen, Laub und Laternen: Unter allen verlosen wir Gutes.",
            ),
            (
                "The finest autumn picture",
                "Walks, leaves and lanterns: among all who take part we draw something good.",
            ),
        ),
        (today - timedelta(days=40), today - timedelta(days=5)),
    )
    prizes = [Prize("Wochenende für zwei im Harz", 1), Prize("Korb mit Kaffee und Kuchen", 3)]
    began = at - timedelta(days=45)
    autumn = begin(running.save(autumn, prizes, by, began), random, began)
    take_part(autumn, random, people[: len(people) // 3], at)
    running.close(at)
    _hand_over(draws.draw(autumn.pk, by, at - timedelta(days=4)), by, at - timedelta(days=3))
    advent = _contest(
        "adventsraetsel",
        "Adventsrätsel",
        texts(
            ("Das große Adventsrätsel", "Mitmachen und mit etwas Glück reich beschenkt ins neue Jahr gehen."),
            (
                "The great Advent riddle",
                "Take part and, with a little luck, begin the new year with presents.",
            ),
        ),
        (today - timedelta(days=12), today + timedelta(days=28)),
    )
    prizes = [Prize("Fahrrad aus der Manufaktur", 1), Prize("Wolldecke", 5), Prize("Adventskalender", 20)]
    began = at - timedelta(days=14)
    advent = begin(running.save(advent, prizes, by, began), random, began)
    take_part(advent, random, people[len(people) // 4 : len(people) // 2], at)


def _contest(key: str, name: str, said: dict[str, dict[str, str]], days: tuple[date, date]) -> Contest:
    return Contest(
        key=key,
        name=name,
        texts=said,
        starts_on=days[0],
        ends_on=days[1],
        time_zone=ZONE,
        way=Contest.Way.FORM,
    )


def _hand_over(winners: list[ContestWinner], by: User | None, at: datetime) -> None:
    """The first has claimed, the second was told, the third did not answer and was replaced."""
    for place, winner in enumerate(winners):
        if place == 0:
            draws.claim(winner.pk, by, at)
        elif place < 3:
            draws.tell(winner.pk, by, at)
        if place == 2:
            draws.replace(winner.pk, "meldet sich seit zwei Wochen nicht", by, at)


def private_sales(random: Random, by: User | None, at: datetime) -> None:
    today = clocks.local_day(at, ZONE)
    shelves = list(Category.objects.filter(parent=None).order_by("pk").values_list("path", flat=True)[:2])
    waves = [*_early(today), Wave("Alle mit Link", None, _wall(today + timedelta(days=1), 18))]
    sale = Sale(
        key="winter-vorverkauf",
        name="Vorverkauf Winter",
        section="vorverkauf",
        categories=shelves,
        quota=500,
        ends_wall=_wall(today + timedelta(days=6), 23),
        time_zone=ZONE,
    )
    began = at - timedelta(days=4)
    sale = sales.start(sales.save(sale, waves, by, began).pk, by, began)
    granting.run(at)
    _come(sale, random, at)


def _early(today: date) -> list[Wave]:
    """The two highest tiers, a day apart; without tiers the first segment."""
    ladder = Tier.objects.filter(active=True).order_by("-threshold")[:2]
    opens = [_wall(today - timedelta(days=days), 18) for days in (2, 1)]
    waves = [
        Wave(name, None, at, tier)
        for name, at, tier in zip(("Beste zuerst", "Dann die nächsten"), opens, ladder, strict=False)
    ]
    return waves or [Wave("Beste zuerst", Segment.objects.order_by("pk").first(), opens[0])]


def _come(sale: Sale, random: Random, at: datetime) -> None:
    """A third of the invited have entered, some of them have bought."""
    grants = list(AccessGrant.objects.filter(sale=sale, opens_at__lte=at).order_by("pk")[:900])
    came = [grant for grant in grants if random.random() < 0.35][: sale.quota]
    for grant in came:
        span = (at - grant.opens_at).total_seconds()
        grant.seen_at = grant.admitted_at = grant.opens_at + timedelta(seconds=span * random.random() ** 2)
        if random.random() < 0.3:
            grant.bought_at = min(at, grant.admitted_at + timedelta(minutes=random.randrange(5, 90)))
    AccessGrant.objects.bulk_update(came, ["seen_at", "admitted_at", "bought_at"])
    Sale.objects.filter(pk=sale.pk).update(admitted=len(came))


def _wall(on: date, hour: int) -> datetime:
    return datetime.combine(on, time(hour), ZoneInfo("UTC"))


@stages.register
class Plays(Stage):
    key = "plays"
    order = 86  # after the tiers

    def build(self, random: Random, at: datetime) -> None:
        by = User.objects.order_by("pk").first()  # nobody yet, where the demo shop is the first thing there
        people = list(Customer.objects.living().order_by("pk").values_list("pk", flat=True)[:1500])
        if len(people) < 20:
            return
        random.shuffle(people)
        contests(random, people, by, at)
        private_sales(random, by, at)
