"""5,000 invented customers in six countries."""

import unicodedata
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from customers.demo.names import COUNTRIES, Country
from customers.demo_shop import SOURCE, Stage, stages
from customers.models import Customer, Identity, Store

PEOPLE = 5000
NEAR_STORE = {
    "Hannover": "H1",
    "Hildesheim": "H1",
    "Celle": "H1",
    "Hameln": "H1",
    "Braunschweig": "BS1",
    "Wolfsburg": "BS1",
    "Magdeburg": "BS1",
    "Göttingen": "GÖ1",
    "Kassel": "GÖ1",
}
ACQUIRED_BY = (("online", 46), ("till", 24), ("e-receipt", 12), ("newsletter", 12), ("referral", 6))
INTERESTS = ("mode", "wohnen", "kochen", "papeterie", "kinder", "pflege", "genuss", "sport")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ı": "i"})


def drawn(random: Random, shares: tuple[tuple[str, int], ...]) -> str:
    return random.choices([value for value, _ in shares], [share for _, share in shares])[0]


def address(first: str, last: str, number: int, domain: str) -> str:
    """A mail address below `.example`, which belongs to nobody."""
    name = f"{first}.{last}".lower().translate(UMLAUTS)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{''.join(c for c in plain if c.isalnum() or c in '.-')}{number}@{domain}"


def birthday(random: Random, at: datetime) -> date:
    age = min(max(random.gauss(46, 15), 18), 91)
    return at.date() - timedelta(days=int(age * 365.25) + random.randrange(365))


def person(random: Random, number: int, country: Country, stores: dict[str, Store], at: datetime) -> Customer:
    woman = random.random() < 0.62
    first, last = random.choice(country.women if woman else country.men), random.choice(country.families)
    postal_code, city = random.choice(country.places)
    acquired_by = drawn(random, ACQUIRED_BY)
    near = NEAR_STORE.get(city)
    return Customer(
        key=UUID(int=random.getrandbits(128), version=4),
        salutation=random.choices([("ms" if woman else "mr"), ""], [88, 12])[0],
        title=random.choices(["", "Dr.", "Prof. Dr."], [95, 4, 1])[0],
        first_name=first,
        last_name=last,
        email="" if random.random() < 0.04 else address(first, last, number, random.choice(country.domains)),
        phone=f"{country.phone}{random.randrange(1000):03}"
        if country.phone and random.random() < 0.4
        else "",
        language=drawn(random, country.languages),
        country=country.code,
        postal_code=postal_code,
        city=city,
        time_zone=country.time_zone,
        birthday=birthday(random, at) if random.random() < 0.7 else None,
        home_store=stores[near] if near and random.random() < 0.8 else None,
        attributes={"interests": sorted(random.sample(INTERESTS, random.randint(0, 3)))},
        acquisition_source=acquired_by,
        acquired_at=at - timedelta(days=random.triangular(1, 1100, 200)),
    )


@stages.register
class People(Stage):
    key = "people"
    order = 20

    def build(self, random: Random, at: datetime) -> None:
        stores = {store.number: store for store in Store.objects.all()}
        countries = random.choices(COUNTRIES, [country.share for country in COUNTRIES], k=PEOPLE)
        people = [person(random, n, country, stores, at) for n, country in enumerate(countries, 10_001)]
        Customer.objects.bulk_create(people, batch_size=1000)
        Identity.objects.bulk_create(
            (Identity(customer=c, source=SOURCE, number=f"K{n}") for n, c in enumerate(people, 10_001)),
            batch_size=1000,
        )
