from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_products_back_in_stock")]

    operations = [
        migrations.AddField(
            model_name="hookcall",
            name="cause",
            field=models.BigIntegerField(null=True),
        ),
    ]
