from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0022_start_again"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_reached"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    ("called_at__isnull", False),
                    ("state__in", ("calling", "accepted", "delivered", "complained", "unknown")),
                ),
                fields=["customer", "called_at"],
                name="delivery_reached",
            ),
        ),
    ]
