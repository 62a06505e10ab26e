from django.db import migrations, models


class Migration(migrations.Migration):
    """Orders recorded before keep lines whose cost is not known: what they cost then, nobody has noted."""

    dependencies = [("customers", "0020_form_drafts")]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="cost",
            field=models.BigIntegerField(blank=True, help_text="minor units; empty: not known", null=True),
        ),
    ]
