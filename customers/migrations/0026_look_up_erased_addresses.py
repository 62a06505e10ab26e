"""Who buys is asked for among the addresses of the erased: found by an index, however long the journal is."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0025_causes_of_hook_calls")]

    operations = [
        migrations.AddIndex(
            model_name="erasure",
            index=django.contrib.postgres.indexes.GinIndex(fields=["hashes"], name="erasure_hashes"),
        ),
    ]
