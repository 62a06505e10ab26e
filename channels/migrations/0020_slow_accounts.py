from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("channels", "0019_social"),
    ]

    operations = [
        migrations.AddField(
            model_name="pace",
            name="slow_since",
            field=models.DateTimeField(
                help_text="its provider answers late: one worker at a time", null=True
            ),
        ),
    ]
