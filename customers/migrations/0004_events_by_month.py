from django.db import migrations

# Django cannot make a partitioned table. Months are added as they are needed (customers/event_months.py). There is no
# default partition: with one, every new month would have to lock it against all readers. The primary key must contain
# the partition key.
MAKE = """
CREATE SEQUENCE customers_event_id_seq;
CREATE TABLE customers_event (
    id bigint NOT NULL DEFAULT nextval('customers_event_id_seq'),
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    kind varchar(12) NOT NULL,
    name varchar(120) NOT NULL DEFAULT '',
    customer_id bigint,
    visitor_id bigint,
    product_id bigint,
    store_id bigint,
    cart_id bigint,
    value bigint,
    properties jsonb NOT NULL DEFAULT '{}',
    lines jsonb,
    source varchar(80) NOT NULL,
    origin varchar(10) NOT NULL DEFAULT 'live',
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE customers_event_id_seq OWNED BY customers_event.id;
CREATE TABLE customers_event_older PARTITION OF customers_event
    FOR VALUES FROM (MINVALUE) TO ('2015-01-01 00:00:00+00');

-- Somebody's behaviour: her timeline, and a test of a few customers.
CREATE INDEX event_by_customer ON customers_event (customer_id, at) INCLUDE (kind, name, product_id)
    WHERE customer_id IS NOT NULL;
-- Everybody who did something with a product, or something at all, without a look at the table.
CREATE INDEX event_by_product ON customers_event (kind, product_id, at) INCLUDE (customer_id)
    WHERE product_id IS NOT NULL AND customer_id IS NOT NULL;
CREATE INDEX event_by_kind ON customers_event (kind, name, at) INCLUDE (customer_id)
    WHERE customer_id IS NOT NULL;
-- What is derived from events: the content of a cart, and the past of a visitor who becomes known.
CREATE INDEX event_by_cart ON customers_event (cart_id, at) WHERE cart_id IS NOT NULL;
CREATE INDEX event_by_visitor ON customers_event (visitor_id) WHERE customer_id IS NULL AND visitor_id IS NOT NULL;
"""
DROP = "DROP TABLE customers_event;"


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_behaviour_and_membership")]

    operations = [migrations.RunSQL(MAKE, DROP)]
