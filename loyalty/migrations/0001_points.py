import django.db.models.deletion
import django.db.models.functions.datetime
import loyalty.models.points
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0015_recommendations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Program',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=40, unique=True, verbose_name='key')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=40, validators=[loyalty.models.points.valid_zone], verbose_name='time zone')),
                ('rounding', models.CharField(choices=[('down', 'down'), ('half_up', 'to the nearest')], default='down', max_length=8, verbose_name='rounding')),
                ('ready_after_days', models.PositiveSmallIntegerField(default=14, verbose_name='days until points can be spent')),
                ('expiry_months', models.PositiveSmallIntegerField(default=24, verbose_name='months until points end')),
                ('expiry_at_year_end', models.BooleanField(default=False, verbose_name='points end with the year')),
                ('second_person_above', models.PositiveIntegerField(default=500, verbose_name='corrections above so many points need a second person')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'points programme',
                'verbose_name_plural': 'points programmes',
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('balance', models.BigIntegerField(db_default=0, default=0, verbose_name='points')),
                ('lifetime', models.BigIntegerField(db_default=0, default=0, verbose_name='points ever earned')),
                ('debt', models.BigIntegerField(db_default=0, default=0, verbose_name='points owed')),
                ('closed_at', models.DateTimeField(editable=False, help_text='when its customer was merged', null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points_accounts', to='customers.customer')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='loyalty.program')),
            ],
            options={
                'verbose_name': 'points account',
                'verbose_name_plural': 'points accounts',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('program', 'customer'), name='account_once'), models.CheckConstraint(condition=models.Q(('balance__gte', 0)), name='account_balance_not_negative'), models.CheckConstraint(condition=models.Q(('debt__gte', 0)), name='account_debt_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='EarningRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40, verbose_name='kind')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('params', models.JSONField(default=dict, verbose_name='values')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='loyalty.program')),
            ],
            options={
                'verbose_name': 'earning rule',
                'verbose_name_plural': 'earning rules',
            },
        ),
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('content', models.JSONField(verbose_name='rules')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='made')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='terms', to='loyalty.program')),
            ],
            options={
                'verbose_name': 'terms',
                'verbose_name_plural': 'terms',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('program', 'version'), name='terms_version_once')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('earn', 'earned'), ('spend', 'spent'), ('expire', 'expired'), ('reverse', 'taken back'), ('adjust', 'corrected'), ('transfer_in', 'received'), ('transfer_out', 'passed on')], max_length=12, verbose_name='kind')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reference', models.CharField(max_length=120, verbose_name='reference')),
                ('basis', models.BigIntegerField(blank=True, null=True, verbose_name='basis')),
                ('reason', models.CharField(blank=True, db_default='', max_length=200, verbose_name='reason')),
                ('counts_for_tier', models.BooleanField(db_default=False, default=False, verbose_name='counts for the tier')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.account')),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.order')),
                ('reverses', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='loyalty.entry')),
                ('store', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
                ('rule', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.earningrule')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.program')),
                ('terms', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.terms')),
            ],
            options={
                'verbose_name': 'points booking',
                'verbose_name_plural': 'points bookings',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['account', 'at', 'id'], name='entry_account'), models.Index(condition=models.Q(('order__isnull', False)), fields=['order'], name='entry_order'), models.Index(condition=models.Q(('reverses__isnull', False)), fields=['reverses'], name='entry_reverses')],
                'constraints': [models.UniqueConstraint(fields=('program', 'source', 'reference', 'kind'), name='entry_once'), models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='entry_not_zero'), models.CheckConstraint(condition=models.Q(('kind', 'adjust'), ('reason', ''), _negated=True), name='entry_adjust_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['earn', 'transfer_in']), ('points__gt', 0)), models.Q(('kind__in', ['spend', 'expire', 'transfer_out']), ('points__lt', 0)), ('kind__in', ['reverse', 'adjust']), _connector='OR'), name='entry_sign')],
            },
        ),
        migrations.CreateModel(
            name='Debt',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='debt', serialize=False, to='loyalty.entry')),
                ('owed', models.BigIntegerField()),
                ('remaining', models.BigIntegerField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='debts', to='loyalty.account')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('remaining__gt', 0)), fields=['account'], name='debt_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('remaining__gte', 0), ('remaining__lte', models.F('owed'))), name='debt_remaining_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='lot', serialize=False, to='loyalty.entry')),
                ('granted', models.BigIntegerField()),
                ('remaining', models.BigIntegerField()),
                ('available_from', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='loyalty.account')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('remaining__gt', 0)), fields=['account', 'expires_at'], name='lot_left'), models.Index(condition=models.Q(('remaining__gt', 0)), fields=['expires_at'], name='lot_ends')],
                'constraints': [models.CheckConstraint(condition=models.Q(('remaining__gte', 0), ('remaining__lte', models.F('granted'))), name='lot_remaining_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('pk', models.CompositePrimaryKey('debit', 'lot', blank=True, editable=False, primary_key=True, serialize=False)),
                ('points', models.BigIntegerField()),
                ('debit', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='loyalty.entry')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='loyalty.lot')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='allocation_positive')],
            },
        ),
        migrations.CreateModel(
            name='AdjustmentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('counts_for_tier', models.BooleanField(default=False, verbose_name='counts for the tier')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('booked', 'booked'), ('refused', 'refused')], default='waiting', max_length=8, verbose_name='state')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided at')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustment_requests', to='loyalty.account')),
                ('checker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='request', to='loyalty.entry')),
            ],
            options={
                'verbose_name': 'correction of points',
                'verbose_name_plural': 'corrections of points',
                'permissions': [('approve_adjustment', 'Can confirm corrections of points of others')],
                'constraints': [models.CheckConstraint(condition=models.Q(('checker__isnull', True), models.Q(('checker', models.F('maker')), _negated=True), _connector='OR'), name='adjustment_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'booked'), _negated=True), models.Q(('checker__isnull', False), ('entry__isnull', False)), _connector='OR'), name='adjustment_booked_has_checker')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reference', models.CharField(max_length=120, verbose_name='reference')),
                ('fate', models.CharField(choices=[('open', 'open'), ('spent', 'spent'), ('released', 'released')], default='open', max_length=8, verbose_name='state')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('expires_at', models.DateTimeField(verbose_name='until')),
                ('ended_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='loyalty.account')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.program')),
            ],
            options={
                'verbose_name': 'hold of points',
                'verbose_name_plural': 'holds of points',
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('fate', 'open')), fields=['account'], name='hold_open')],
                'constraints': [models.UniqueConstraint(fields=('program', 'source', 'reference'), name='hold_once'), models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='hold_positive')],
            },
        ),
    ]
