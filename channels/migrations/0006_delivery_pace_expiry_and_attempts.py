import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0005_frozen_versions_stay"),
        ("channels", "0005_opt_in_is_mailed_by_a_worker"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="pace",
                        serialize=False,
                        to="channels.account",
                    ),
                ),
                ("tokens", models.FloatField(db_default=0)),
                ("filled_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("failures", models.IntegerField(db_default=0, help_text="broken slices in a row")),
                ("resting_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="pause_reason",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                help_text="filled when we paused it ourselves",
                max_length=300,
            ),
        ),
        migrations.RemoveIndex(model_name="delivery", name="delivery_due"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("batch__isnull", True), ("state", "planned")),
                fields=["account", "priority", "due_at", "id"],
                include=("message",),
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("state", "planned")),
                fields=["expires_at"],
                name="delivery_expiry",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("attempt__gt", 0)),
                fields=["message", "occurrence"],
                name="delivery_later_attempt",
            ),
        ),
    ]
