from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0022_webhooks")]

    operations = [
        migrations.AddIndex(
            model_name="productchange",
            index=models.Index(
                condition=models.Q(("stock__gt", 0), ("stock_before__lte", 0)),
                fields=["at", "product"],
                name="product_change_back",
            ),
        ),
    ]
