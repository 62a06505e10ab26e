from django.db import migrations

# Triggers for each row do not see a TRUNCATE. The ledgers of the apps below, too: each has refused changes so far.
LEDGERS = (
    "customers_auditentry",
    "customers_erasure",
    "channels_consent",
    "channels_preferencechange",
    "loyalty_entry",
    "loyalty_allocation",
    "loyalty_terms",
    "loyalty_giftentry",
    "loyalty_tillsync",
)
CREATE = """
    CREATE TRIGGER {0}_not_truncated BEFORE TRUNCATE ON {0}
        FOR EACH STATEMENT EXECUTE FUNCTION loyalty_append_only()
"""
DROP = "DROP TRIGGER {0}_not_truncated ON {0}"


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0014_privacy"),
        ("channels", "0011_preferences"),
        ("loyalty", "0136_lifetime_points_of_merged"),
    ]

    operations = [migrations.RunSQL(CREATE.format(table), DROP.format(table)) for table in LEDGERS]
