from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_roll_ups_in_place")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="stated_at",
            field=models.JSONField(db_default={}, default=dict, editable=False),
        ),
    ]
