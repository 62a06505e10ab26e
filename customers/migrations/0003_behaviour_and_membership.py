import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_audit_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(verbose_name='at')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('kind', models.CharField(choices=[('view', 'Product viewed'), ('search', 'Searched'), ('favourite', 'Added to favourites'), ('unfavourite', 'Removed from favourites'), ('cart_add', 'Put into the cart'), ('cart_remove', 'Taken out of the cart'), ('cart', 'Cart viewed'), ('checkout', 'Checkout started'), ('order', 'Order completed'), ('refund', 'Order refunded'), ('coupon', 'Coupon applied'), ('visit', 'Store visited'), ('open', 'App opened'), ('page', 'Page viewed'), ('screen', 'App screen viewed'), ('custom', 'Other event')], max_length=12, verbose_name='kind')),
                ('name', models.CharField(blank=True, db_default='', help_text='of a page or of another event', max_length=120, verbose_name='name')),
                ('customer_id', models.BigIntegerField(null=True)),
                ('visitor_id', models.BigIntegerField(null=True)),
                ('product_id', models.BigIntegerField(null=True)),
                ('store_id', models.BigIntegerField(null=True)),
                ('cart_id', models.BigIntegerField(null=True)),
                ('value', models.BigIntegerField(null=True)),
                ('properties', models.JSONField(db_default={}, default=dict)),
                ('lines', models.JSONField(null=True)),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('origin', models.CharField(choices=[('live', 'live'), ('import', 'import'), ('demo', 'demo')], db_default='live', default='live', max_length=10)),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'db_table': 'customers_event',
                'managed': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_cart_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_event_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_favourite_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_open_at',
            field=models.DateTimeField(help_text='of the app', null=True),
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_search_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_view_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='customerstats',
            name='last_visit_at',
            field=models.DateTimeField(help_text='of a store', null=True),
        ),
        migrations.AddField(
            model_name='segment',
            name='built_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='segment',
            name='built_revision',
            field=models.IntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='segment',
            name='due_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('kind', models.CharField(choices=[('server', 'Server'), ('browser', 'Browser'), ('till', 'Till')], max_length=10, verbose_name='kind')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('prefix', models.CharField(max_length=16, verbose_name='key')),
                ('hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None, verbose_name='may')),
                ('origins', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None, verbose_name='web addresses')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='made')),
                ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='works until')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='customers.apikey')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='customers.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
            },
        ),
        migrations.CreateModel(
            name='EventKey',
            fields=[
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('hash', models.BigIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='event_key_at')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('request_hash', models.CharField(max_length=64)),
                ('status', models.IntegerField()),
                ('answer', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('api_key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.apikey')),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='idempotency_key_at')],
                'constraints': [models.UniqueConstraint(fields=('api_key', 'key'), name='idempotency_key_once')],
            },
        ),
        migrations.CreateModel(
            name='InboxBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('messages', models.IntegerField()),
                ('body', models.BinaryField()),
                ('attempts', models.IntegerField(db_default=0)),
                ('fault', models.CharField(blank=True, db_default='', max_length=300)),
                ('parked', models.BooleanField(db_default=False, help_text='failed several times; waits for a human')),
                ('key', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.apikey')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('parked', False)), fields=['id'], name='inbox_waiting')],
            },
        ),
        migrations.CreateModel(
            name='IngestCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('what', models.CharField(help_text='kind of call or name of the event', max_length=40)),
                ('fate', models.CharField(max_length=40)),
                ('count', models.BigIntegerField()),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='counts', to='customers.apikey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'day', 'what', 'fate'), name='ingest_count_once')],
            },
        ),
        migrations.CreateModel(
            name='ProductChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('price_before', models.BigIntegerField(null=True)),
                ('price', models.BigIntegerField(null=True)),
                ('stock_before', models.IntegerField(null=True)),
                ('stock', models.IntegerField(null=True)),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='customers.product')),
            ],
            options={
                'verbose_name': 'change of price or stock',
                'verbose_name_plural': 'changes of price or stock',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['product', 'at'], name='product_change_product'), models.Index(fields=['at'], name='product_change_at')],
            },
        ),
        migrations.CreateModel(
            name='SegmentChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered', models.BooleanField()),
                ('by_rule', models.BooleanField(db_default=False)),
                ('at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='customers.segment')),
            ],
            options={
                'indexes': [models.Index(fields=['segment', 'at', 'id'], name='segment_change_at'), models.Index(fields=['customer', 'at'], name='segment_change_customer')],
            },
        ),
        migrations.CreateModel(
            name='SegmentMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='customers.customer')),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='customers.segment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'customer'), name='segment_member_once')],
            },
        ),
        migrations.CreateModel(
            name='SegmentSize',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('size', models.IntegerField()),
                ('entered', models.IntegerField(db_default=0)),
                ('left', models.IntegerField(db_default=0)),
                ('segment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='sizes', to='customers.segment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'day'), name='segment_size_once')],
            },
        ),
        migrations.CreateModel(
            name='Visitor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('anonymous_id', models.CharField(max_length=120, unique=True, verbose_name='visitor')),
                ('first_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('last_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('identified_at', models.DateTimeField(null=True)),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='visitors', to='customers.customer')),
            ],
            options={
                'verbose_name': 'visitor',
                'verbose_name_plural': 'visitors',
            },
        ),
        migrations.CreateModel(
            name='Favourite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(verbose_name='added at')),
                ('removed_at', models.DateTimeField(null=True, verbose_name='removed at')),
                ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='favourites', to='customers.customer')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.product')),
                ('visitor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='favourites', to='customers.visitor')),
            ],
            options={
                'verbose_name': 'favourite',
                'verbose_name_plural': 'favourites',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['product', 'customer'], name='favourite_product')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('customer__isnull', False)), fields=('customer', 'product'), name='favourite_of_customer'), models.UniqueConstraint(condition=models.Q(('customer__isnull', True)), fields=('visitor', 'product'), name='favourite_of_visitor')],
            },
        ),
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('number', models.CharField(max_length=160, verbose_name='number')),
                ('state', models.CharField(choices=[('open', 'open'), ('bought', 'bought'), ('abandoned', 'abandoned')], db_default='open', default='open', max_length=10, verbose_name='state')),
                ('currency', models.CharField(blank=True, db_default='', max_length=3, verbose_name='currency')),
                ('value', models.BigIntegerField(db_default=0, verbose_name='value')),
                ('items', models.IntegerField(db_default=0, verbose_name='items')),
                ('restore_url', models.CharField(blank=True, db_default='', max_length=500, verbose_name='restore link')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('last_activity_at', models.DateTimeField(verbose_name='last activity')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='bought at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='carts', to='customers.customer')),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='carts', to='customers.order')),
                ('visitor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='carts', to='customers.visitor')),
            ],
            options={
                'verbose_name': 'cart',
                'verbose_name_plural': 'carts',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['customer', 'last_activity_at'], include=('state', 'value'), name='cart_customer'), models.Index(fields=['state', 'last_activity_at'], include=('customer', 'value'), name='cart_state'), models.Index(condition=models.Q(('visitor__isnull', False)), fields=['visitor'], name='cart_visitor')],
                'constraints': [models.UniqueConstraint(fields=('source', 'number'), name='cart_once')],
            },
        ),
        migrations.CreateModel(
            name='CartLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.IntegerField()),
                ('amount', models.BigIntegerField()),
                ('cart', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='customers.cart')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.product')),
            ],
            options={
                'indexes': [models.Index(fields=['product', 'cart'], name='cart_line_product')],
                'constraints': [models.UniqueConstraint(fields=('cart', 'product'), name='cart_line_once')],
            },
        ),
    ]
