from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_events_by_month")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="stated_at",
            field=models.JSONField(db_default={}, default=dict, editable=False),
        ),
    ]
