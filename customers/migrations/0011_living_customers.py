from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_fixed_lists")]

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
