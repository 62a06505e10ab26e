import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0016_draft_turns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('loyalty', '0020_program_pages'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('texts', models.JSONField(blank=True, default=dict, verbose_name='texts for customers')),
                ('kind', models.CharField(choices=[('coupon', 'coupon code'), ('goods', 'goods from a store'), ('money', 'money off a basket')], max_length=8, verbose_name='kind')),
                ('points', models.PositiveIntegerField(verbose_name='points')),
                ('amount', models.BigIntegerField(blank=True, null=True, verbose_name='amount')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='currency')),
                ('stock', models.PositiveIntegerField(blank=True, null=True, verbose_name='stock')),
                ('used', models.PositiveIntegerField(db_default=0, default=0, verbose_name='claimed')),
                ('per_customer_limit', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='per customer')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('coupon', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rewards', to='loyalty.coupon', verbose_name='coupon')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rewards', to='loyalty.program')),
            ],
            options={
                'verbose_name': 'reward',
                'verbose_name_plural': 'rewards',
                'constraints': [models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='reward_costs_points'), models.CheckConstraint(condition=models.Q(('stock__isnull', True), ('used__lte', models.F('stock')), _connector='OR'), name='reward_used_in_bounds'), models.CheckConstraint(condition=models.Q(models.Q(('amount__isnull', True), ('coupon__isnull', False), ('kind', 'coupon')), models.Q(('amount__isnull', True), ('coupon__isnull', True), ('kind', 'goods')), models.Q(('amount__gt', 0), ('coupon__isnull', True), ('kind', 'money')), _connector='OR'), name='reward_gives_one_thing')],
            },
        ),
        migrations.CreateModel(
            name='PointsPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.PositiveIntegerField(verbose_name='points')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('state', models.CharField(choices=[('held', 'held'), ('spent', 'spent'), ('released', 'released'), ('refunded', 'given back')], default='held', max_length=8, verbose_name='state')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('reference', models.CharField(max_length=255, verbose_name='reference')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('ended_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='points_payments', to='customers.customer')),
                ('hold', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='payment', to='loyalty.hold')),
                ('spend', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payment', to='loyalty.entry')),
                ('reward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='loyalty.reward')),
            ],
            options={
                'verbose_name': 'payment with points',
                'verbose_name_plural': 'payments with points',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='points_payment_once')],
            },
        ),
        migrations.CreateModel(
            name='RewardClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.PositiveIntegerField(verbose_name='points')),
                ('state', models.CharField(choices=[('open', 'to be handed over'), ('done', 'given'), ('cancelled', 'cancelled')], max_length=9, verbose_name='state')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('reference', models.CharField(max_length=255, verbose_name='reference')),
                ('at', models.DateTimeField(verbose_name='claimed at')),
                ('given_at', models.DateTimeField(null=True, verbose_name='given at')),
                ('cancelled_at', models.DateTimeField(null=True, verbose_name='cancelled at')),
                ('actor', models.ForeignKey(help_text='who gave or cancelled', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reward_claim', to='loyalty.couponcode')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reward_claims', to='customers.customer')),
                ('reward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='loyalty.reward')),
                ('spend', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reward_claim', to='loyalty.entry')),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
            ],
            options={
                'verbose_name': 'claim of a reward',
                'verbose_name_plural': 'claims of rewards',
                'default_permissions': ('view', 'change'),
                'indexes': [models.Index(fields=['-at', '-id'], name='reward_claim_newest'), models.Index(condition=models.Q(('state', 'open')), fields=['at'], name='reward_claim_open')],
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='reward_claim_once')],
            },
        ),
        migrations.CreateModel(
            name='RewardUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.PositiveIntegerField()),
                ('claim', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='use', to='loyalty.rewardclaim')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.customer')),
                ('reward', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.reward')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('reward', 'customer', 'slot'), name='reward_use_once'), models.CheckConstraint(condition=models.Q(('slot__gte', 1)), name='reward_use_slot')],
            },
        ),
    ]
