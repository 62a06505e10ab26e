import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0010_import_kinds'),
    ]

    operations = [
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='note')),
                ('pinned', models.BooleanField(db_default=False, default=False, verbose_name='pinned')),
                ('created_at', models.DateTimeField(verbose_name='written at')),
                ('changed_at', models.DateTimeField(null=True, verbose_name='changed at')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='customers.customer')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'default_permissions': ('view', 'add', 'delete'),
                'indexes': [models.Index(fields=['customer', 'created_at', 'id'], name='note_customer')],
                'constraints': [models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThan(django.db.models.functions.text.Length('text'), 0), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('text'), 2000)), name='note_length')],
            },
        ),
        migrations.CreateModel(
            name='TwinHint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('first', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('first', 'second'), name='twin_hint_once'), models.CheckConstraint(condition=models.Q(('first__lt', models.F('second'))), name='twin_hint_in_order')],
            },
        ),
        migrations.AlterModelOptions(
            name='customer',
            options={'permissions': [('view_every_store', 'Can see the customers of every store'), ('view_personal_data', 'Can see names and addresses of customers'), ('merge_customer', 'Can merge customers who are one person')], 'verbose_name': 'customer', 'verbose_name_plural': 'customers'},
        ),
        migrations.RemoveIndex(
            model_name='customer',
            name='customer_sort',
        ),
        migrations.RemoveIndex(
            model_name='customer',
            name='customer_store',
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('erased_at__isnull', True), ('merged_into__isnull', True)), fields=['sort_name', 'id'], name='customer_sort'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['home_store', 'id'], name='customer_store'),
        ),
    ]
