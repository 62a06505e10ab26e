"""People whose whole name was stated in one field stand among the others in the order of names, by its last word.

The column and its index are dropped and made anew, with the whole table, while nobody else reads customers: one to two
minutes for a million of them. PostgreSQL changes the expression of a column only from version 17 on.
"""

import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.db import migrations, models


def write_anew(apps, schema_editor):
    model = apps.get_model("customers", "Customer")
    sort_name = model._meta.get_field("sort_name")
    schema_editor.remove_field(model, sort_name)
    schema_editor.add_field(model, sort_name)
    for index in model._meta.indexes:
        if "sort_name" in index.fields:
            schema_editor.add_index(model, index)


class Migration(migrations.Migration):
    dependencies = [("customers", "0026_look_up_erased_addresses")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="customer",
                    name="sort_name",
                    field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(first_name='', last_name='', then=models.Func(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.Func(models.Func(django.db.models.functions.text.Left(django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.NullIf(django.db.models.functions.text.Trim(django.db.models.functions.comparison.Coalesce(django.db.models.fields.json.KeyTextTransform('name', 'attributes'), models.Value(''), output_field=models.CharField())), models.Value('')), django.db.models.functions.comparison.NullIf(django.db.models.functions.text.Trim(django.db.models.functions.comparison.Coalesce(django.db.models.fields.json.KeyTextTransform('Name', 'attributes'), models.Value(''), output_field=models.CharField())), models.Value('')), models.Value('')), 240), models.Value('^([^,]*[^,\\s])\\s+([^,\\s]+)$'), models.Value('\\2 \\1'), function='regexp_replace'), models.Value('[,\\s]+'), models.Value(' '), models.Value('g'), function='regexp_replace'), models.Value(' '))), models.Value('àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßšžı'), models.Value('aaaaaaaceeeeiiiinooooooouuuuyysszi'), function='translate')), default=models.Func(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.F('last_name'), models.Value(' '), models.F('first_name'), models.Value(' '))), models.Value('àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßšžı'), models.Value('aaaaaaaceeeeiiiinooooooouuuuyysszi'), function='translate')), output_field=models.CharField(max_length=300)),
                ),
            ],
        ),
        # Back again it may stay: it only sorts those who had no place.
        migrations.RunPython(write_anew, migrations.RunPython.noop),
    ]
