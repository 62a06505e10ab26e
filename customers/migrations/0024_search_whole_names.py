"""People whose whole name was stated in one field are found by it.

The column and its index are dropped and made anew, with the whole table, while nobody else reads customers: one to two
minutes for a million of them. PostgreSQL changes the expression of a column only from version 17 on.
"""

import django.contrib.postgres.search
import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models

import customers.models.customer


def write_anew(apps, schema_editor):
    model = apps.get_model("customers", "Customer")
    search = model._meta.get_field("search")
    schema_editor.remove_field(model, search)
    schema_editor.add_field(model, search)
    for index in model._meta.indexes:
        if "search" in index.fields:
            schema_editor.add_index(model, index)


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_products_back_in_stock")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="customer",
                    name="search",
                    field=models.GeneratedField(db_persist=True, expression=customers.models.customer.SimpleVector(models.Func(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.F("first_name"), models.Value(" "), models.F("last_name"), models.Value(" "), models.F("email"), models.Value(" "), models.F("phone"), models.Value(" "), models.F("postal_code"), models.Value(" "), models.F("city"), models.Value(" "), django.db.models.functions.comparison.Coalesce(django.db.models.fields.json.KeyTextTransform("name", "attributes"), models.Value(""), output_field=models.CharField()), models.Value(" "), django.db.models.functions.comparison.Coalesce(django.db.models.fields.json.KeyTextTransform("Name", "attributes"), models.Value(""), output_field=models.CharField()), models.Value(" "))), models.Value("àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßšžı"), models.Value("aaaaaaaceeeeiiiinooooooouuuuyysszi"), function="translate")), output_field=django.contrib.postgres.search.SearchVectorField()),
                ),
            ],
        ),
        # Back again it may stay: it finds more than was asked for.
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
