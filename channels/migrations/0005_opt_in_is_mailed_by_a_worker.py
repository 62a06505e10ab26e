import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0004_consent_is_append_only"), ("customers", "0001_initial")]
    operations = [
        migrations.DeleteModel("OptIn"),
        migrations.CreateModel(
            "OptIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, null=True, unique=True)),
                ("channel", models.CharField(choices=[("email", "E-mail")], max_length=12)),
                ("language", models.CharField(max_length=10)),
                ("address", models.CharField(blank=True, max_length=254)),
                ("address_key", models.CharField(max_length=64)),
                ("mailbox_key", models.CharField(help_text="as address_key, without +tag: for the limits", max_length=64)),
                ("evidence", models.JSONField(default=dict)),
                ("asked_at", models.DateTimeField()),
                ("mailed_at", models.DateTimeField(null=True)),
                ("withheld", models.CharField(blank=True, db_default="", max_length=12)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("customer", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="customers.customer")),
                ("topic", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="channels.topic")),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(mailed_at__isnull=True, withheld=""), fields=["asked_at"], name="opt_in_waiting"),
                    models.Index(condition=models.Q(mailed_at__isnull=False), fields=["mailbox_key", "mailed_at"], name="opt_in_mailed"),
                    models.Index(fields=["mailed_at"], name="opt_in_recent"),
                ]
            },
        ),
    ]
