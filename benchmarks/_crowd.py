"""A million customers as a retailer has them, made by SQL: names by how common they are, addresses, phones, numbers,
an order or more each; and one customer with a very long history."""

from datetime import UTC, datetime, timedelta

from django.core.management import call_command
from django.db import connection

from customers import event_months, stats
from customers.models import Shop, Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIRST = (
    "Anna Maria Peter Michael Thomas Andreas Stefan Christian Claudia Sabine Martin Frank Susanne Petra Andrea Ursula "
    "Monika Jürgen Wolfgang Birgit Angelika Heike Katrin Julia Laura Lukas Jonas Leon Mia Emma Sören Jörg Zoë Ayşe "
    "Mehmet Fatma Olga Igor Bjørn Renée"
)
LAST = (
    "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf "
    "Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann "
    "Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung "
    "Hahn Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Öztürk Yılmaz "
    "Nowak Novák Hansen Jansen Mueller Rossi Dubois"
)
CITIES = "Köln Hamburg München Berlin Hannover Bremen Leipzig Wien Graz Zürich"
# The n-th name of a list falls to a share of about 1/n of the people, as names do. Every tenth last name is a rare one.
PEOPLE = """
    INSERT INTO customers_customer (first_name, last_name, email, phone, language, country, postal_code, city,
                                    home_store_id, acquisition_source)
    SELECT first, last, lower(left(translate(first, 'üöäßø', 'uoaso'), 1)) || '.' || n || '@example.org',
           CASE WHEN n %% 5 < 3
                THEN '+4917' || (n %% 10) || lpad((n::bigint * 7919 %% 10000000)::text, 7, '0') ELSE '' END,
           'de', CASE WHEN n %% 10 < 8 THEN 'DE' WHEN n %% 10 = 8 THEN 'AT' ELSE 'CH' END,
           lpad((n::bigint * 31 %% 90000 + 10000)::text, 5, '0'), cities[1 + n / 7 %% array_length(cities, 1)],
           CASE WHEN n / 3 %% 3 = 0 THEN stores[1 + n / 11 %% array_length(stores, 1)] END, 'shop'
    FROM (
        SELECT n, f[1 + floor(array_length(f, 1) ^ random() - 1)::int] AS first,
               CASE WHEN n %% 10 = 0 THEN 'Seltener' || substr(md5(n::text), 1, 6)
                    ELSE l[1 + floor(array_length(l, 1) ^ random() - 1)::int] END AS last, cities, stores
        FROM generate_series(1, %(count)s) AS n,
             (SELECT %(first)s::text[] AS f, %(last)s::text[] AS l, %(cities)s::text[] AS cities,
                     ARRAY(SELECT id FROM customers_store ORDER BY id) AS stores) AS names
    ) AS drawn
"""
NUMBERS = """
    INSERT INTO customers_identity (customer_id, source, number) SELECT id, 'shop', 'K' || id FROM customers_customer
"""
ORDERS = """
    INSERT INTO customers_order (source, number, customer_id, store_id, placed_at, currency, total, base_total)
    SELECT CASE WHEN id %% 3 = 0 THEN 'till' ELSE 'shop' END, 'A-' || id, id, home_store_id,
           %(now)s::timestamptz - id * interval '20 seconds', 'EUR', 1000 + id %% 9000, 1000 + id %% 9000
    FROM customers_customer
"""
EVENTS = """
    INSERT INTO customers_event (at, kind, name, customer_id, source)
    SELECT %(now)s::timestamptz - n * interval '20 minutes', (ARRAY['view', 'search', 'cart_add', 'page'])[1 + n %% 4],
           'Becher', %(customer)s, 'shop'
    FROM generate_series(1, %(count)s) AS n
"""


def people(count: int) -> None:
    call_command("migrate", verbosity=0)
    Shop.objects.update_or_create(pk=1, defaults={"name": "Kaufhaus Linden", "currency": "EUR"})
    Store.objects.bulk_create(
        Store(number=f"{n:03}", name=f"Filiale {n}", country="AT" if n > 18 else "DE") for n in range(20)
    )
    names = {"first": FIRST.split(), "last": LAST.split(), "cities": CITIES.split()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PEOPLE, {"count": count, "now": NOW, **names})
        cursor.execute(NUMBERS)
        cursor.execute(ORDERS, {"now": NOW})
    stats.recount(None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def long_history(customer_id: int, events: int) -> None:
    event_months.ensure(NOW - timedelta(days=day) for day in range(events // 72 + 31))
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"customer": customer_id, "count": events, "now": NOW})
        cursor.execute("ANALYZE customers_event")
