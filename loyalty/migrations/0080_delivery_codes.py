import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0023_reached_index'),
        ('loyalty', '0071_contest_rules_stay'),
    ]

    operations = [
        migrations.AlterField(
            model_name='couponcode',
            name='state',
            field=models.CharField(choices=[('free', 'not issued'), ('reserved', 'put aside for a message'), ('issued', 'issued'), ('void', 'void')], db_default='free', default='free', max_length=8, verbose_name='state'),
        ),
        migrations.CreateModel(
            name='CodeRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurrence', models.BigIntegerField()),
                ('leave_out', models.BooleanField(default=False)),
                ('closed_at', models.DateTimeField(null=True)),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='loyalty.coupon')),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='channels.message')),
            ],
            options={
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['id'], name='code_run_open')],
                'constraints': [models.UniqueConstraint(fields=('message', 'occurrence'), name='code_run_once')],
            },
        ),
        migrations.CreateModel(
            name='DeliveryCode',
            fields=[
                ('code', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='delivery_code', serialize=False, to='loyalty.couponcode')),
                ('called_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('delivery', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='channels.delivery')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='loyalty.coderun')),
            ],
            options={
                'default_permissions': ('view',),
            },
        ),
    ]
