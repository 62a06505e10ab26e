from django.db import migrations

# Roll-up rows and carts are written with every event of theirs: room on the page keeps most of that out of the indexes.
TABLES = ("customers_customerstats", "customers_cart", "customers_visitor")


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_events_by_month")]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET (fillfactor = 80)", f"ALTER TABLE {table} RESET (fillfactor)")
        for table in TABLES
    ]
