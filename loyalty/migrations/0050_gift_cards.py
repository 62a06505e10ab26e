import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0016_draft_turns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('loyalty', '0040_coupon_pages'),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeTries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField(verbose_name='hour')),
                ('door', models.CharField(max_length=20, verbose_name='door')),
                ('refused', models.IntegerField(default=0, verbose_name='refused')),
                ('throttled', models.IntegerField(default=0, verbose_name='held back')),
                ('api_key', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.apikey')),
            ],
            options={
                'verbose_name': 'codes tried in vain',
                'verbose_name_plural': 'codes tried in vain',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('hour', 'door', 'api_key'), name='code_tries_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='GiftCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('last4', models.CharField(max_length=4, verbose_name='ends in')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('balance', models.BigIntegerField(db_default=0, default=0, verbose_name='balance')),
                ('state', models.CharField(choices=[('active', 'active'), ('blocked', 'blocked'), ('void', 'void')], default='active', max_length=7, verbose_name='state')),
                ('vat', models.CharField(choices=[('multi', 'multi-purpose: taxed when it is used'), ('single', 'single-purpose: taxed when it is sold')], default='multi', max_length=6, verbose_name='VAT')),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
                ('ends_on', models.DateField(verbose_name='valid until')),
                ('ends_at', models.DateTimeField(editable=False)),
                ('accepted_in', models.ManyToManyField(blank=True, related_name='gift_cards', to='customers.store', verbose_name='accepted in')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='gift_cards', to='customers.customer', verbose_name='customer')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store', verbose_name='sold in')),
            ],
            options={
                'verbose_name': 'gift card',
                'verbose_name_plural': 'gift cards',
                'permissions': [('charge_giftcard', 'Can book on gift cards')],
                'indexes': [models.Index(fields=['-issued_at', '-id'], name='gift_card_newest'), models.Index(fields=['last4'], name='gift_card_last4')],
                'constraints': [models.CheckConstraint(condition=models.Q(('balance__gte', 0)), name='gift_card_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'void'), _negated=True), ('balance', 0), _connector='OR'), name='gift_card_void_empty')],
            },
        ),
        migrations.CreateModel(
            name='GiftEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('issue', 'issued'), ('charge', 'paid with it'), ('refund', 'paid back'), ('top_up', 'topped up'), ('void', 'made void')], max_length=6, verbose_name='kind')),
                ('amount', models.BigIntegerField(verbose_name='amount')),
                ('order_key', models.CharField(blank=True, max_length=120, verbose_name='order')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('reference', models.CharField(max_length=255, verbose_name='reference')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('card', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.giftcard', verbose_name='gift card')),
                ('reverses', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='loyalty.giftentry')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'booking on a gift card',
                'verbose_name_plural': 'bookings on gift cards',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['card', 'at', 'id'], name='gift_entry_card')],
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='gift_entry_once'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind__in', ['issue', 'refund', 'top_up'])), models.Q(('amount__lt', 0), ('kind__in', ['charge', 'void'])), _connector='OR'), name='gift_entry_sign'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'refund'), ('reverses__isnull', False)), models.Q(models.Q(('kind', 'refund'), _negated=True), ('reverses__isnull', True)), _connector='OR'), name='gift_entry_refund_names_charge')],
            },
        ),
        migrations.CreateModel(
            name='TillLease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('till', models.CharField(max_length=40, verbose_name='till')),
                ('quantity', models.IntegerField(verbose_name='redemptions')),
                ('most', models.BigIntegerField(verbose_name='each at most')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('settled', models.IntegerField(db_default=0, default=0, verbose_name='told of')),
                ('state', models.CharField(choices=[('open', 'with the till'), ('settled', 'settled'), ('expired', 'ended')], default='open', max_length=7, verbose_name='state')),
                ('source', models.CharField(max_length=80)),
                ('reference', models.CharField(max_length=255)),
                ('issued_at', models.DateTimeField(verbose_name='from')),
                ('expires_at', models.DateTimeField(verbose_name='until')),
                ('ended_at', models.DateTimeField(null=True)),
                ('api_key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='customers.apikey')),
                ('code', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.couponcode')),
                ('coupon', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leases', to='loyalty.coupon', verbose_name='coupon')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'till lease',
                'verbose_name_plural': 'till leases',
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['expires_at'], name='till_lease_open')],
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='till_lease_once'), models.CheckConstraint(condition=models.Q(('most__gte', 1), ('quantity__gte', 1), ('settled__gte', 0), ('settled__lte', models.F('quantity'))), name='till_lease_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='TillSync',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('till', models.CharField(max_length=40, verbose_name='till')),
                ('sequence', models.BigIntegerField(verbose_name='number')),
                ('order_key', models.CharField(max_length=120, verbose_name='order')),
                ('amount', models.BigIntegerField(verbose_name='discount')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('told_at', models.DateTimeField(verbose_name='told at')),
                ('conflict', models.CharField(blank=True, choices=[('quantity', 'more than were leased'), ('amount', 'above the amount of the lease'), ('time', 'outside the time of the lease'), ('ended', 'told after the lease had been settled or had ended'), ('order', 'the order has this code already')], max_length=8, verbose_name='conflict')),
                ('lease', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='loyalty.tilllease')),
                ('redemption', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.redemption')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
            ],
            options={
                'verbose_name': 'redemption of a till',
                'verbose_name_plural': 'redemptions of tills',
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('store', 'till', 'sequence'), name='till_sync_once'), models.CheckConstraint(condition=models.Q(models.Q(('conflict', ''), ('redemption__isnull', False)), models.Q(('redemption__isnull', True), models.Q(('conflict', ''), _negated=True)), _connector='OR'), name='till_sync_counted_or_conflict'), models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='till_sync_not_negative')],
            },
        ),
        migrations.AddConstraint(
            model_name='couponcode',
            constraint=models.CheckConstraint(condition=models.Q(('text__regex', '^GK.{13}$'), _negated=True), name='code_no_gift_card'),
        ),
    ]
