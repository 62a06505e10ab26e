import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0004_books_check'),
    ]

    operations = [
        migrations.CreateModel(
            name='TierPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateTimeField(verbose_name='since')),
                ('holds_until', models.DateTimeField(null=True, verbose_name='holds until')),
                ('reached', models.CharField(choices=[('reached', 'reached'), ('kept', 'kept'), ('fell', 'fell'), ('removed', 'the tier was taken away'), ('merged', 'from another record of hers')], max_length=8, verbose_name='how')),
                ('points', models.BigIntegerField(verbose_name='qualifying points')),
                ('needed', models.BigIntegerField(default=0)),
                ('counted_from', models.DateTimeField()),
                ('counted_until', models.DateTimeField()),
                ('counted', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('current', models.BooleanField(default=True)),
                ('coupon_due', models.BooleanField(db_default=False, default=False)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tier_periods', to='loyalty.account')),
            ],
            options={
                'verbose_name': 'time in a tier',
                'verbose_name_plural': 'times in tiers',
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='entry',
            name='tier_factor',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='factor of the tier'),
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('threshold', models.PositiveBigIntegerField(verbose_name='points needed')),
                ('colour', models.CharField(choices=[('bronze', 'bronze'), ('silver', 'silver'), ('gold', 'gold'), ('platinum', 'platinum'), ('teal', 'teal'), ('plum', 'plum')], default='silver', max_length=10, verbose_name='colour')),
                ('benefits', models.JSONField(blank=True, default=dict, help_text='{language: text}', verbose_name='benefits')),
                ('earning_factor', models.DecimalField(decimal_places=2, default=1, max_digits=5, verbose_name='times as many points')),
                ('active', models.BooleanField(db_default=True, default=True, editable=False)),
                ('coupon', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.coupon', verbose_name='coupon on reaching it')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tiers', to='loyalty.program')),
            ],
            options={
                'verbose_name': 'tier',
                'verbose_name_plural': 'tiers',
                'constraints': [models.UniqueConstraint(condition=models.Q(('active', True)), fields=('program', 'threshold'), name='tier_threshold_once'), models.CheckConstraint(condition=models.Q(('threshold__gt', 0)), name='tier_threshold_positive'), models.CheckConstraint(condition=models.Q(('earning_factor__gte', 1), ('earning_factor__lte', 100)), name='tier_factor_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='TierDirty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(choices=[('live', 'live'), ('import', 'import'), ('demo', 'demo')], default='live', max_length=8)),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.account')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TierWarning',
            fields=[
                ('period', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='warning', serialize=False, to='loyalty.tierperiod')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('points', models.BigIntegerField(verbose_name='points so far')),
                ('missing', models.BigIntegerField(verbose_name='missing points')),
            ],
            options={
                'verbose_name': 'announced fall',
                'verbose_name_plural': 'announced falls',
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='tierperiod',
            name='tier',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='loyalty.tier'),
        ),
        migrations.CreateModel(
            name='TierPolicy',
            fields=[
                ('program', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='tier_policy', serialize=False, to='loyalty.program')),
                ('period', models.CharField(choices=[('calendar_year', 'calendar year'), ('rolling', 'the last months')], default='calendar_year', max_length=14, verbose_name='points count that were earned in')),
                ('months', models.PositiveSmallIntegerField(default=12, verbose_name='months')),
                ('fall', models.CharField(choices=[('one_step', 'one tier down at most'), ('by_points', 'to the tier that the points are enough for')], default='one_step', max_length=10, verbose_name='who has too few points falls')),
                ('announce_days', models.PositiveSmallIntegerField(default=30, verbose_name='days before a fall that it is announced')),
            ],
            options={
                'verbose_name': 'rules of tiers',
                'verbose_name_plural': 'rules of tiers',
                'default_permissions': ('change',),
                'constraints': [models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 60)), name='tier_months'), models.CheckConstraint(condition=models.Q(models.Q(('period', 'calendar_year'), _negated=True), ('months', 12), _connector='OR'), name='tier_year_has_twelve_months')],
            },
        ),
        migrations.AddIndex(
            model_name='tierperiod',
            index=models.Index(condition=models.Q(('current', True)), fields=['tier', 'account'], name='tier_members'),
        ),
        migrations.AddIndex(
            model_name='tierperiod',
            index=models.Index(condition=models.Q(('current', True), ('holds_until__isnull', False)), fields=['holds_until'], name='tier_ends'),
        ),
        migrations.AddIndex(
            model_name='tierperiod',
            index=models.Index(fields=['-valid_from'], name='tier_newest'),
        ),
        migrations.AddIndex(
            model_name='tierperiod',
            index=models.Index(condition=models.Q(('coupon_due', True)), fields=['id'], name='tier_coupon_due'),
        ),
        migrations.AddConstraint(
            model_name='tierperiod',
            constraint=models.UniqueConstraint(fields=('account', 'valid_from'), name='tier_period_once'),
        ),
        migrations.AddConstraint(
            model_name='tierperiod',
            constraint=models.UniqueConstraint(condition=models.Q(('current', True)), fields=('account',), name='tier_period_current_once'),
        ),
    ]
