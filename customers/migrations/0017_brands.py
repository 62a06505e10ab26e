from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0016_draft_turns"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="brand",
            field=models.CharField(blank=True, db_default="", max_length=120, verbose_name="brand"),
        ),
    ]
