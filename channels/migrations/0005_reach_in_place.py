from django.db import migrations

# Each sending writes the time into its person's row. With room left on the page the new version stays there, and no
# index hears of it.
class Migration(migrations.Migration):
    dependencies = [("channels", "0004_frozen_versions_stay")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE channels_reach SET (fillfactor = 70)", "ALTER TABLE channels_reach RESET (fillfactor)"
        )
    ]
