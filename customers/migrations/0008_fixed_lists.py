import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_dirty_origin'),
    ]

    operations = [
        migrations.CreateModel(
            name='FixedList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('size', models.IntegerField(default=0, editable=False, verbose_name='people')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'fixed list',
                'verbose_name_plural': 'fixed lists',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='fixed_list_name_once')],
            },
        ),
        migrations.CreateModel(
            name='FixedListMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(verbose_name='added')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='fixed_lists', to='customers.customer')),
                ('fixed_list', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='customers.fixedlist')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('fixed_list', 'customer'), name='fixed_list_member_once')],
            },
        ),
        migrations.CreateModel(
            name='FixedListUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('entries', models.IntegerField(default=0)),
                ('found', models.IntegerField(default=0)),
                ('added', models.IntegerField(default=0)),
                ('unknown', models.IntegerField(default=0)),
                ('ambiguous', models.IntegerField(default=0)),
                ('malformed', models.IntegerField(default=0)),
                ('fixed_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='customers.fixedlist')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='FixedListReject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.IntegerField()),
                ('text', models.CharField(max_length=300)),
                ('reason', models.CharField(choices=[('unknown', 'not found'), ('ambiguous', 'several people'), ('malformed', 'malformed')], max_length=10)),
                ('upload', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rejects', to='customers.fixedlistupload')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['upload', 'reason', 'line'], name='fixed_list_reject')],
            },
        ),
    ]
