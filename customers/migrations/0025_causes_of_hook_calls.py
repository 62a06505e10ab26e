from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0024_search_whole_names")]

    operations = [
        migrations.AddField(
            model_name="hookcall",
            name="cause",
            field=models.BigIntegerField(null=True),
        ),
    ]
