"""A shop to measure segments in: everything is made by the database itself, set-wise, and is the same in every run.

Sizes follow the number of customers as in a shop of a million: 10 events, 2 orders with 3.1 lines, 0.3 carts and 0.4
favourites each, over half a year of behaviour and a year of orders. Products are drawn by Zipf's law, customers by a
lognormal one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import call_command
from django.db import connection

from customers import event_months, stats
from customers.models import Shop, Store

AT = datetime(2026, 5, 20, 12, tzinfo=ZoneInfo("Europe/Berlin"))
BEHAVIOUR_DAYS, ORDER_DAYS = 180, 365
CATEGORIES, STORES = 200, 20

# Each statement ends with the same seed, so that another size of one table does not change the others.
DRAWS = """
CREATE FUNCTION pg_temp.zipf(most int) RETURNS bigint LANGUAGE sql VOLATILE
    AS 'SELECT floor(power(most, random()))::bigint';
CREATE FUNCTION pg_temp.normal() RETURNS float LANGUAGE sql VOLATILE
    AS 'SELECT sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';
CREATE FUNCTION pg_temp.chosen(texts text[]) RETURNS text LANGUAGE sql VOLATILE
    AS 'SELECT texts[1 + floor(random() * cardinality(texts))::int]';
"""
CATALOGUE = """
INSERT INTO customers_category (id, path, parent_id)
SELECT n, 'C' || n, NULL FROM generate_series(1, 20) n
UNION ALL SELECT n, format('C%%s/C%%s', 1 + n %% 20, n), 1 + n %% 20 FROM generate_series(21, %(categories)s) n;
INSERT INTO customers_product (id, sku, category_id, price, currency)
SELECT n, 'P' || n, 1 + n %% %(categories)s, 500 + n %% 20000, 'EUR' FROM generate_series(1, %(products)s) n;
INSERT INTO channels_topic (id, key, names, position) VALUES (1, 'newsletter', '{}', 0);
"""
CUSTOMERS = """
INSERT INTO customers_customer (id, first_name, last_name, email, language, country, city, postal_code, salutation,
                                birthday, home_store_id, attributes, acquisition_source, acquired_at, erased_at)
SELECT n, pg_temp.chosen('{Anna,Paul,Emma,Jonas,Lea,Finn,Mia,Ben,Zoë,Uwe}'),
       pg_temp.chosen('{Ahrens,Öztürk,Schmidt,Weber,Rossi,Dubois,Kowalski,de Vries}') || ' ' || n %% 9973,
       CASE WHEN random() < 0.9 THEN 'p' || n || '@example.org' ELSE '' END,
       pg_temp.chosen('{de,de,de,de,de,de,de,en,en,en,en,fr,fr,it,it,nl,pl,es}'),
       pg_temp.chosen('{DE,DE,DE,DE,DE,AT,AT,CH,FR,IT}'),
       pg_temp.chosen('{Berlin,Berlin,Hamburg,Hamburg,Köln,Wien,Wien,Graz,Zürich,Bern,Lyon,Rom,Bonn,Ulm,Kiel,Jena}'),
       lpad(floor(random() * 100000)::int::text, 5, '0'), pg_temp.chosen('{ms,ms,mr,mr,neutral,""}'),
       CASE WHEN random() < 0.8 THEN date '1940-01-01' + floor(random() * 25000)::int END,
       CASE WHEN random() < 0.7 THEN pg_temp.zipf(%(stores)s) END,
       jsonb_build_object('club', pg_temp.chosen('{Gold,Silver,Silver,Basic,Basic,Basic,Basic}'),
                          'visits', floor(random() * 40)::int, 'app', random() < 0.3),
       pg_temp.chosen('{web,web,fair,friend,""}'), %(at)s - random() * interval '1500 days',
       CASE WHEN random() < 0.005 THEN %(at)s END
FROM generate_series(1, %(customers)s) n;
CREATE TEMP TABLE crowd AS
SELECT n AS id, exp(pg_temp.normal()) AS weight, exp(pg_temp.normal()) AS bought
FROM generate_series(1, %(customers)s) n;
UPDATE crowd SET weight = crowd.weight / every.weight, bought = crowd.bought / every.bought
FROM (SELECT avg(weight) AS weight, avg(bought) AS bought FROM crowd) every;
ANALYZE crowd;
"""
CONSENTS = """
CREATE TEMP TABLE said AS
SELECT row_number() OVER () AS id, customer_id, purpose, topic_id, stated_at,
       CASE WHEN random() < yes THEN 'granted' ELSE 'withdrawn' END AS state
FROM (SELECT n AS customer_id, asked.*, random() AS drawn, %(at)s - random() * interval '700 days' AS stated_at
      FROM generate_series(1, %(customers)s) n
      CROSS JOIN (VALUES ('sending', NULL::int, 0.5, 0.8), ('sending', 1, 0.2, 0.7), ('tracking', NULL, 0.4, 0.9))
          asked (purpose, topic_id, share, yes)) drawn
WHERE drawn < share;
INSERT INTO channels_consent (id, customer_id, channel, topic_id, purpose, state, basis, evidence, stated_at)
SELECT id, customer_id, 'email', topic_id, purpose, state, 'demo', '{}', stated_at FROM said;
INSERT INTO channels_permission (customer_id, channel, topic_id, purpose, granted, consent_id, stated_at)
SELECT customer_id, 'email', topic_id, purpose, state = 'granted', id, stated_at FROM said;
INSERT INTO channels_reach (customer_id, channel, address, address_key)
SELECT id, 'email', email, md5(email) || md5('k' || email) FROM customers_customer WHERE email <> '';
INSERT INTO channels_suppression (channel, address_key, reason, source)
SELECT 'email', address_key, 'bounce', '' FROM channels_reach WHERE random() < 0.01;
"""
EVENTS = """
CREATE TEMP TABLE things (kind text, since float, upto float, has_product bool, name text);
INSERT INTO things VALUES ('view', 0, 0.62, true, ''), ('search', 0.62, 0.72, false, ''),
    ('cart_add', 0.72, 0.80, true, ''), ('favourite', 0.80, 0.83, true, ''), ('visit', 0.83, 0.86, false, ''),
    ('open', 0.86, 0.93, false, ''), ('page', 0.93, 0.98, false, 'Home'), ('custom', 0.98, 1, false, 'Quiz');
INSERT INTO customers_event (at, received_at, kind, name, customer_id, visitor_id, product_id, store_id, source)
SELECT at, at, kind, name, CASE WHEN known THEN id END, CASE WHEN NOT known THEN id END,
       CASE WHEN has_product THEN product END, CASE WHEN kind = 'visit' THEN 1 + product %% %(stores)s END, 'shop'
FROM (
    SELECT crowd.id, %(at)s - random() * interval '1 day' * %(behaviour_days)s AS at, random() AS drawn,
           random() < 0.97 AS known, pg_temp.zipf(%(products)s) AS product
    FROM crowd CROSS JOIN LATERAL generate_series(1, floor(crowd.weight * 10 + random())::int)
) drawn JOIN things ON drawn.drawn >= things.since AND drawn.drawn < things.upto
ORDER BY at;
"""
ORDERS = """
CREATE TEMP TABLE placed AS
SELECT row_number() OVER (ORDER BY at) AS id, * FROM (
    SELECT crowd.id AS customer_id, %(at)s - random() * interval '1 day' * %(order_days)s AS at,
           random() < 0.04 AS refund, CASE WHEN random() < 0.6 THEN pg_temp.zipf(%(stores)s) END AS store_id,
           1 + (random() < 0.37)::int + (random() < 0.18)::int AS pieces
    FROM crowd CROSS JOIN LATERAL generate_series(1, floor(crowd.bought * 2 + random())::int)
) drawn;
INSERT INTO customers_orderline (order_id, position, product_id, quantity, unit_price, amount)
SELECT id, position, product, quantity, price / 100.0, price * quantity FROM (
    SELECT placed.id, position, pg_temp.zipf(%(products)s) AS product, CASE WHEN refund THEN -1 ELSE 1 END AS quantity,
           round(2500 * exp(0.8 * pg_temp.normal()))::int AS price
    FROM placed CROSS JOIN LATERAL generate_series(1, pieces) position ORDER BY placed.id
) drawn;
INSERT INTO customers_order (id, source, number, kind, customer_id, store_id, placed_at, currency, total, base_total)
SELECT placed.id, 'shop', placed.id, CASE WHEN refund THEN 'refund' ELSE 'order' END, customer_id, store_id, at, 'EUR',
       l.total, l.total
FROM placed JOIN (SELECT order_id, sum(amount) AS total FROM customers_orderline GROUP BY order_id) l
    ON l.order_id = placed.id
ORDER BY placed.id;
"""
WISHES = """
INSERT INTO customers_cart (source, number, customer_id, state, currency, value, items, opened_at, last_activity_at)
SELECT 'shop', n, customer_id, CASE WHEN drawn < 0.35 THEN 'bought' WHEN at < %(at)s - interval '1 hour'
       THEN 'abandoned' ELSE 'open' END, 'EUR', 0, 0, at - interval '20 minutes', at
FROM (SELECT n, 1 + floor(random() * %(customers)s)::int AS customer_id, random() AS drawn,
             %(at)s - random() * interval '1 day' * %(behaviour_days)s AS at
      FROM generate_series(1, %(customers)s * 3 / 10) n) drawn ORDER BY at;
INSERT INTO customers_cartline (cart_id, product_id, quantity, amount)
SELECT DISTINCT ON (k.id, product) k.id, product, 1, 500 + product
FROM (SELECT id, pg_temp.zipf(%(products)s) AS product
      FROM customers_cart CROSS JOIN LATERAL generate_series(1, 1 + id %% 3)) k;
UPDATE customers_cart k SET value = l.value, items = l.items
FROM (SELECT cart_id, sum(amount) AS value, count(*) AS items FROM customers_cartline GROUP BY cart_id) l
WHERE l.cart_id = k.id;
INSERT INTO customers_favourite (customer_id, product_id, added_at, removed_at)
SELECT DISTINCT ON (customer_id, product) customer_id, product, at, CASE WHEN drawn < 0.1 THEN %(at)s END
FROM (SELECT 1 + floor(random() * %(customers)s)::int AS customer_id, pg_temp.zipf(%(products)s) AS product,
             random() AS drawn, %(at)s - random() * interval '1 day' * %(behaviour_days)s AS at
      FROM generate_series(1, %(customers)s * 4 / 10)) drawn;
"""
ROLL_UPS = """
INSERT INTO customers_customerstats (customer_id, last_event_at, last_view_at, last_favourite_at, last_search_at,
                                     last_cart_at, last_visit_at, last_open_at)
SELECT customer_id, max(at), max(at) FILTER (WHERE kind = 'view'), max(at) FILTER (WHERE kind = 'favourite'),
       max(at) FILTER (WHERE kind = 'search'), max(at) FILTER (WHERE kind = 'cart_add'),
       max(at) FILTER (WHERE kind = 'visit'), max(at) FILTER (WHERE kind = 'open')
FROM customers_event WHERE customer_id IS NOT NULL GROUP BY customer_id;
"""
KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::text[]::regclass[])
"""
INDEXES = """
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
FROM pg_index i WHERE i.indrelid = ANY(%s::text[]::regclass[]) AND NOT i.indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
STEPS = (CATALOGUE, CUSTOMERS, CONSENTS, EVENTS, ORDERS, WISHES, ROLL_UPS)
FILLED = ("customer", "event", "order", "orderline", "cart", "cartline", "favourite", "customerstats")
TABLES = [*(f"customers_{name}" for name in FILLED)]
TABLES += ["channels_consent", "channels_permission", "channels_reach", "channels_suppression"]


def build(customers: int) -> dict[str, int]:
    """Fill the empty database of the settings; gives the number of rows of each table."""
    call_command("migrate", verbosity=0)
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "time_zone": "Europe/Berlin"})
    Store.objects.bulk_create(
        Store(pk=n, number=str(n), name=f"Store {n}", country="DE") for n in range(1, STORES + 1)
    )
    event_months.ensure(AT - timedelta(days=days) for days in range(0, BEHAVIOUR_DAYS + 10, 10))
    sizes: dict[str, Any] = {
        "customers": customers,
        "products": max(CATEGORIES, customers // 50),
        "stores": STORES,
        "categories": CATEGORIES,
        "behaviour_days": BEHAVIOUR_DAYS,
        "order_days": ORDER_DAYS,
        "at": AT,
    }
    with connection.cursor() as cursor, loading(cursor):
        for text in STEPS:
            cursor.execute("SELECT setseed(0.5)")
            cursor.execute(text, sizes)
    stats.recount(None)
    with connection.cursor() as cursor:
        for table in ("crowd", "said", "things", "placed"):
            cursor.execute(f"DROP TABLE {table}")
        cursor.execute("VACUUM ANALYZE")
        return {table: _count(cursor, table) for table in TABLES}


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    return int(cursor.fetchone()[0])


@contextmanager
def loading(cursor: Any) -> Iterator[None]:
    """Indexes and foreign keys of the migrations come when the rows are there: built at once, checked at once."""
    cursor.execute(DRAWS + "SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
    cursor.execute(KEYS, [TABLES])
    keys = cursor.fetchall()
    cursor.execute(INDEXES, [TABLES])
    indexes = cursor.fetchall()
    for drop, _make in [*keys, *indexes]:
        cursor.execute(drop)
    yield
    for _drop, make in [*indexes, *keys]:
        cursor.execute(make)
    cursor.execute("RESET work_mem; RESET maintenance_work_mem")
