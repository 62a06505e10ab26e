import django.db.models.deletion
import django.db.models.functions.datetime
import loyalty.models.points
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0015_recommendations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('loyalty', '0002_entries_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('cap', models.BigIntegerField(verbose_name='at most')),
                ('used', models.BigIntegerField(db_default=0, default=0, verbose_name='used')),
            ],
            options={
                'verbose_name': 'coupon budget',
                'verbose_name_plural': 'coupon budgets',
                'constraints': [models.CheckConstraint(condition=models.Q(('used__gte', 0), ('used__lte', models.F('cap'))), name='budget_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('generic', 'one code for all'), ('pool', 'a code for each')], max_length=8, verbose_name='kind')),
                ('single_use', models.BooleanField(default=False, verbose_name='each code once')),
                ('total_limit', models.BigIntegerField(blank=True, null=True, verbose_name='redemptions in all')),
                ('per_customer_limit', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='redemptions per customer')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=40, validators=[loyalty.models.points.valid_zone], verbose_name='time zone')),
                ('valid_from', models.DateTimeField(editable=False, null=True)),
                ('valid_until', models.DateTimeField(editable=False, null=True)),
                ('days_from_issue', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days that a code is valid once issued')),
                ('used', models.BigIntegerField(db_default=0, default=0, verbose_name='used')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('budget', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='loyalty.budget')),
            ],
            options={
                'verbose_name': 'coupon',
                'verbose_name_plural': 'coupons',
            },
        ),
        migrations.CreateModel(
            name='CodeBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked', models.BigIntegerField(verbose_name='codes wanted')),
                ('made', models.BigIntegerField(db_default=0, default=0, verbose_name='codes made')),
                ('prefix', models.CharField(blank=True, max_length=8, verbose_name='begins with')),
                ('length', models.PositiveSmallIntegerField(default=10, verbose_name='length')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='loyalty.coupon')),
            ],
            options={
                'verbose_name': 'batch of codes',
                'verbose_name_plural': 'batches of codes',
                'constraints': [models.CheckConstraint(condition=models.Q(('made__gte', 0), ('made__lte', models.F('asked'))), name='batch_made_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='CouponCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(db_collation='C', max_length=32, verbose_name='code')),
                ('shown', models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='as people see it')),
                ('state', models.CharField(choices=[('free', 'not issued'), ('issued', 'issued'), ('void', 'void')], db_default='free', default='free', max_length=6, verbose_name='state')),
                ('valid_from', models.DateTimeField(null=True)),
                ('valid_until', models.DateTimeField(null=True)),
                ('issue', models.CharField(max_length=120, null=True)),
                ('issued_at', models.DateTimeField(null=True, verbose_name='issued at')),
                ('batch', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='loyalty.codebatch')),
                ('coupon', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='loyalty.coupon')),
                ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='customers.customer')),
            ],
            options={
                'verbose_name': 'coupon code',
                'verbose_name_plural': 'coupon codes',
                'indexes': [models.Index(condition=models.Q(('state', 'free')), fields=['coupon', 'id'], name='code_free'), models.Index(condition=models.Q(('customer__isnull', False)), fields=['customer', 'id'], name='code_customer')],
                'constraints': [models.UniqueConstraint(fields=('text',), name='code_once'), models.UniqueConstraint(condition=models.Q(('issue__isnull', False)), fields=('coupon', 'issue'), name='code_issued_once')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('percent', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='percent')),
                ('amount', models.BigIntegerField(blank=True, null=True, verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('most', models.BigIntegerField(blank=True, null=True, verbose_name='at most')),
                ('rules', models.JSONField(blank=True, default=list, help_text='[{key, params}]', verbose_name='rules')),
                ('stacking_group', models.CharField(blank=True, max_length=40, verbose_name='not together with others of')),
                ('exclusive', models.BooleanField(default=False, verbose_name='not together with any other')),
                ('cost_centre', models.CharField(blank=True, max_length=40, verbose_name='cost centre')),
            ],
            options={
                'verbose_name': 'offer',
                'verbose_name_plural': 'offers',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('percent__gt', 0), ('percent__lte', 100)), models.Q(('amount__gt', 0), ('percent__isnull', True)), _connector='OR'), name='offer_percent_or_amount')],
            },
        ),
        migrations.AddField(
            model_name='coupon',
            name='offer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='loyalty.offer'),
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_key', models.CharField(max_length=120, verbose_name='order')),
                ('state', models.CharField(choices=[('reserved', 'reserved'), ('redeemed', 'redeemed'), ('released', 'released'), ('reversed', 'reversed')], max_length=8, verbose_name='state')),
                ('amount', models.BigIntegerField(verbose_name='discount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('snapshot', models.JSONField(default=dict, verbose_name='offer at that time')),
                ('single_use', models.BooleanField(default=False)),
                ('stacking_group', models.CharField(blank=True, max_length=40)),
                ('exclusive', models.BooleanField(default=False)),
                ('source', models.CharField(max_length=40, verbose_name='source')),
                ('reference', models.CharField(max_length=120, verbose_name='reference')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='reserved until')),
                ('ended_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='loyalty.couponcode')),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='loyalty.coupon')),
                ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='customers.customer')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
            ],
            options={
                'verbose_name': 'redemption',
                'verbose_name_plural': 'redemptions',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['customer', 'at', 'id'], name='redemption_customer'), models.Index(condition=models.Q(('state__in', ['reserved', 'redeemed'])), fields=['order_key'], name='redemption_order'), models.Index(condition=models.Q(('state', 'reserved')), fields=['expires_at'], name='redemption_waits')],
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='redemption_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['reserved', 'redeemed'])), fields=('code', 'order_key'), name='redemption_per_order'), models.UniqueConstraint(condition=models.Q(('single_use', True), ('state__in', ['reserved', 'redeemed'])), fields=('code',), name='redemption_single_use'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='redemption_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='CouponUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.PositiveSmallIntegerField()),
                ('coupon', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.coupon')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('redemption', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='use', to='loyalty.redemption')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('coupon', 'customer', 'slot'), name='coupon_use_once'), models.CheckConstraint(condition=models.Q(('slot__gte', 1)), name='coupon_use_slot')],
            },
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('used__gte', 0), models.Q(('total_limit__isnull', True), ('used__lte', models.F('total_limit')), _connector='OR')), name='coupon_used_in_bounds'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on__isnull', True), ('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='coupon_window_forward'),
        ),
    ]
