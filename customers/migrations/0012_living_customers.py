from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_notes_and_twins")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", True), ("merged_into__isnull", True)),
                fields=["id"],
                name="customer_living",
            ),
        ),
    ]
