import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0029_delivery_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="BounceMailbox",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="bounces",
                        serialize=False,
                        to="channels.account",
                    ),
                ),
                ("place", models.CharField(default="", max_length=500)),
                ("validity", models.BigIntegerField(default=0)),
                ("number", models.BigIntegerField(default=0)),
                (
                    "removing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("read_at", models.DateTimeField(null=True)),
                ("reading_until", models.DateTimeField(null=True)),
                ("fault", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={"default_permissions": ()},
        ),
    ]
