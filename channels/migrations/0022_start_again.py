from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0021_arming"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reply",
            name="kind",
            field=models.CharField(
                choices=[("text", "message"), ("stop", "stop"), ("help", "help"), ("start", "start again")],
                max_length=8,
                verbose_name="kind",
            ),
        ),
    ]
