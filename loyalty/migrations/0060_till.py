import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0016_draft_turns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('loyalty', '0051_gift_entries_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='GoodwillReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('active', models.BooleanField(default=True, verbose_name='can be chosen')),
            ],
            options={
                'verbose_name': 'goodwill reason',
                'verbose_name_plural': 'goodwill reasons',
                'ordering': ['name'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Allowance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(verbose_name='month')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('most_coupons', models.PositiveIntegerField(verbose_name='coupons a month')),
                ('most_money', models.BigIntegerField(verbose_name='money a month')),
                ('coupons', models.PositiveIntegerField(db_default=0, default=0, verbose_name='coupons given')),
                ('money', models.BigIntegerField(db_default=0, default=0, verbose_name='money given')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store', verbose_name='store')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'allowance',
                'verbose_name_plural': 'allowances',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('user', 'store', 'month', 'currency'), name='allowance_once'), models.CheckConstraint(condition=models.Q(('coupons__gte', 0), ('coupons__lte', models.F('most_coupons'))), name='allowance_coupons'), models.CheckConstraint(condition=models.Q(('money__gte', 0), ('money__lte', models.F('most_money'))), name='allowance_money')],
            },
        ),
        migrations.CreateModel(
            name='AllowanceRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('most_coupons', models.PositiveIntegerField(verbose_name='coupons a month')),
                ('most_money', models.BigIntegerField(verbose_name='money a month')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.store', verbose_name='store')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'allowance rule',
                'verbose_name_plural': 'allowance rules',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('user', 'store'), name='allowance_rule_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('most_money__gte', 0)), name='allowance_rule_money')],
            },
        ),
        migrations.CreateModel(
            name='GoodwillCoupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('days_valid', models.PositiveSmallIntegerField()),
                ('coupon', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='goodwill', to='loyalty.coupon')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('amount', 'currency', 'days_valid'), name='goodwill_coupon_once')],
            },
        ),
        migrations.CreateModel(
            name='GoodwillRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('state', models.CharField(choices=[('waiting', 'waits for a second person'), ('issued', 'confirmed'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='waiting', max_length=9, verbose_name='state')),
                ('source', models.CharField(max_length=40)),
                ('reference', models.CharField(max_length=120)),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('decided_at', models.DateTimeField(null=True)),
                ('checker', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('maker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.goodwillreason')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'goodwill that waits',
                'verbose_name_plural': 'goodwill that waits',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['store', 'id'], name='goodwill_waits'), models.Index(fields=['customer'], name='goodwill_asked_customer')],
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='goodwill_asked_once'), models.CheckConstraint(condition=models.Q(('checker__isnull', True), models.Q(('checker', models.F('maker')), _negated=True), _connector='OR'), name='goodwill_second_person')],
            },
        ),
        migrations.CreateModel(
            name='GoodwillIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('threshold', models.BigIntegerField()),
                ('source', models.CharField(max_length=40)),
                ('reference', models.CharField(max_length=120)),
                ('at', models.DateTimeField(verbose_name='given at')),
                ('allowance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='loyalty.allowance')),
                ('approver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='goodwill', to='loyalty.couponcode')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store', verbose_name='store')),
                ('reason', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.goodwillreason')),
                ('request', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='issue', to='loyalty.goodwillrequest')),
            ],
            options={
                'verbose_name': 'goodwill coupon',
                'verbose_name_plural': 'goodwill coupons',
                'permissions': [('use_till', 'Can work at the till')],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['store', 'at', 'id'], name='goodwill_store'), models.Index(fields=['customer'], name='goodwill_customer')],
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='goodwill_once'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='goodwill_positive'), models.CheckConstraint(condition=models.Q(('amount__lte', models.F('threshold')), ('approver__isnull', False), _connector='OR'), name='goodwill_approved')],
            },
        ),
        migrations.CreateModel(
            name='GoodwillReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(choices=[('expired', 'not used in time'), ('undone', 'undone')], max_length=8)),
                ('at', models.DateTimeField()),
                ('issue', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='returned', to='loyalty.goodwillissue')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TillLookup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found', models.BooleanField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('api_key', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.apikey')),
                ('user', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('user__isnull', False)), fields=['user', 'at'], name='till_lookup_user'), models.Index(condition=models.Q(('api_key__isnull', False)), fields=['api_key', 'at'], name='till_lookup_key'), models.Index(fields=['at'], name='till_lookup_at')],
            },
        ),
        migrations.CreateModel(
            name='TillSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('second_person_above', models.BigIntegerField(default=1500, verbose_name='second person above')),
                ('days_valid', models.PositiveSmallIntegerField(default=60, verbose_name='days that a goodwill coupon is valid')),
            ],
            options={
                'verbose_name': 'settings of the till',
                'verbose_name_plural': 'settings of the till',
                'default_permissions': ('change',),
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='till_settings_is_one_row'), models.CheckConstraint(condition=models.Q(('days_valid__gte', 1), ('second_person_above__gte', 0)), name='till_settings_in_bounds')],
            },
        ),
    ]
