import customers.models.customer
import customers.models.shop
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True)),
                ('salutation', models.CharField(blank=True, choices=[('', 'not known'), ('ms', 'Ms'), ('mr', 'Mr'), ('neutral', 'neutral')], db_default='', default='', max_length=10, verbose_name='salutation')),
                ('title', models.CharField(blank=True, db_default='', max_length=40, verbose_name='title')),
                ('first_name', models.CharField(blank=True, db_default='', max_length=120, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, db_default='', max_length=120, verbose_name='last name')),
                ('email', models.CharField(blank=True, db_default='', max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, db_default='', help_text='E.164', max_length=20, verbose_name='phone')),
                ('language', models.CharField(blank=True, db_default='', max_length=10, verbose_name='language')),
                ('country', models.CharField(blank=True, db_default='', max_length=2, verbose_name='country')),
                ('postal_code', models.CharField(blank=True, db_default='', max_length=12, verbose_name='postal code')),
                ('city', models.CharField(blank=True, db_default='', max_length=120, verbose_name='city')),
                ('time_zone', models.CharField(blank=True, db_default='', max_length=40, verbose_name='time zone')),
                ('birthday', models.DateField(blank=True, null=True, verbose_name='birthday')),
                ('attributes', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='attributes')),
                ('acquisition_source', models.CharField(blank=True, db_default='', max_length=80, verbose_name='acquired by')),
                ('acquired_at', models.DateTimeField(blank=True, null=True, verbose_name='acquired at')),
                ('erased_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('sort_name', models.GeneratedField(db_persist=True, expression=models.Func(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.F('last_name'), models.Value(' '), models.F('first_name'), models.Value(' '))), models.Value('àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßšžı'), models.Value('aaaaaaaceeeeiiiinooooooouuuuyysszi'), function='translate'), output_field=models.CharField(max_length=300))),
                ('search', models.GeneratedField(db_persist=True, expression=customers.models.customer.SimpleVector(models.Func(django.db.models.functions.text.Lower(django.db.models.functions.text.Concat(models.F('first_name'), models.Value(' '), models.F('last_name'), models.Value(' '), models.F('email'), models.Value(' '), models.F('phone'), models.Value(' '), models.F('postal_code'), models.Value(' '), models.F('city'), models.Value(' '))), models.Value('àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßšžı'), models.Value('aaaaaaaceeeeiiiinooooooouuuuyysszi'), function='translate')), output_field=django.contrib.postgres.search.SearchVectorField())),
                ('merged_into', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='customers.customer')),
            ],
            options={
                'verbose_name': 'customer',
                'verbose_name_plural': 'customers',
                'permissions': [('view_every_store', 'Can see the customers of every store'), ('view_personal_data', 'Can see names and addresses of customers')],
            },
        ),
        migrations.CreateModel(
            name='Store',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=40, unique=True, verbose_name='number')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('physical', 'Shop'), ('online', 'Online shop')], default='physical', max_length=10, verbose_name='kind')),
                ('street', models.CharField(blank=True, max_length=120, verbose_name='street')),
                ('postal_code', models.CharField(blank=True, max_length=12, verbose_name='postal code')),
                ('city', models.CharField(blank=True, max_length=80, verbose_name='city')),
                ('country', models.CharField(help_text='ISO 3166-1, such as DE', max_length=2, verbose_name='country')),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=40, verbose_name='time zone')),
            ],
            options={
                'verbose_name': 'store',
                'verbose_name_plural': 'stores',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(blank=True, max_length=10, verbose_name='language')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('stores', models.ManyToManyField(blank=True, related_name='staff', to='customers.store', verbose_name='stores')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique')],
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=300, unique=True, verbose_name='path')),
                ('names', models.JSONField(db_default={}, default=dict, verbose_name='name per language')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='customers.category')),
            ],
            options={
                'verbose_name': 'category',
                'verbose_name_plural': 'categories',
                'ordering': ['path'],
            },
        ),
        migrations.CreateModel(
            name='Dirty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to='customers.customer')),
            ],
        ),
        migrations.CreateModel(
            name='ImportJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('customers', 'Customers'), ('products', 'Products'), ('orders', 'Orders')], max_length=12, verbose_name='kind')),
                ('state', models.CharField(choices=[('mapping', 'to be mapped'), ('queued', 'waiting'), ('running', 'running'), ('done', 'finished'), ('failed', 'stopped'), ('cancelled', 'cancelled')], default='mapping', max_length=10, verbose_name='state')),
                ('dry_run', models.BooleanField(default=False, verbose_name='dry run')),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
                ('path', models.CharField(editable=False, max_length=500)),
                ('digest', models.CharField(editable=False, help_text='sha256 of the file', max_length=64)),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('options', models.JSONField(default=dict, help_text='encoding, delimiter, decimal, time zone, currency, mapping')),
                ('header', models.JSONField(db_default=[], default=list, help_text='the columns of the file')),
                ('position', models.BigIntegerField(default=0, help_text='the last line of the file that is finished')),
                ('lines', models.BigIntegerField(help_text='records in the file, once it was checked', null=True)),
                ('imported', models.BigIntegerField(default=0)),
                ('rejected', models.BigIntegerField(default=0)),
                ('unchanged', models.BigIntegerField(default=0)),
                ('counts', models.JSONField(default=dict, help_text='what was decided, and how often')),
                ('fault', models.JSONField(db_default={}, default=dict, help_text='why it stopped: code and facts, see imports/reasons.py')),
                ('lease_until', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('started_at', models.DateTimeField(editable=False, null=True)),
                ('finished_at', models.DateTimeField(editable=False, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'indexes': [models.Index(fields=['digest'], name='import_digest')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('number', models.CharField(max_length=120, verbose_name='number')),
                ('kind', models.CharField(choices=[('order', 'Order'), ('refund', 'Refund')], db_default='order', default='order', max_length=10, verbose_name='kind')),
                ('refund_of_number', models.CharField(blank=True, max_length=120, null=True, verbose_name='number of the original')),
                ('placed_at', models.DateTimeField(verbose_name='placed at')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('total', models.BigIntegerField(db_default=0, verbose_name='total')),
                ('base_total', models.BigIntegerField(db_default=0, verbose_name="total in the shop's currency")),
                ('origin', models.CharField(choices=[('live', 'live'), ('import', 'import'), ('demo', 'demo')], db_default='live', default='live', max_length=10)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('customer', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.customer')),
                ('refund_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='customers.order')),
                ('store', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.store')),
            ],
            options={
                'verbose_name': 'order',
                'verbose_name_plural': 'orders',
                'indexes': [models.Index(fields=['customer', 'placed_at'], include=('kind', 'base_total'), name='order_customer'), models.Index(fields=['placed_at'], include=('customer', 'kind', 'base_total'), name='order_placed'), models.Index(fields=['store', 'placed_at'], include=('customer', 'kind'), name='order_store'), models.Index(condition=models.Q(('refund_of__isnull', True), ('refund_of_number__isnull', False)), fields=['source', 'refund_of_number'], name='order_refund_waits')],
                'constraints': [models.UniqueConstraint(fields=('source', 'number'), name='order_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportedOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created', models.BooleanField()),
                ('known', models.BooleanField()),
                ('lines', models.IntegerField()),
                ('amount', models.BigIntegerField()),
                ('first_line', models.BigIntegerField()),
                ('last_line', models.BigIntegerField()),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='customers.importjob')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='customers.order')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('job', 'order'), name='imported_order_once')],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(max_length=60, verbose_name='article number')),
                ('kind', models.CharField(choices=[('merchandise', 'Merchandise'), ('service', 'Postage, fee, discount or correction')], db_default='merchandise', default='merchandise', max_length=12, verbose_name='kind')),
                ('names', models.JSONField(db_default={}, default=dict, verbose_name='name per language')),
                ('price', models.BigIntegerField(blank=True, help_text='minor units, such as cents', null=True, verbose_name='price')),
                ('cost', models.BigIntegerField(blank=True, help_text='minor units; gives the margin', null=True, verbose_name='cost')),
                ('currency', models.CharField(blank=True, db_default='', max_length=3, verbose_name='currency')),
                ('stock', models.IntegerField(blank=True, null=True, verbose_name='stock')),
                ('picture', models.CharField(blank=True, db_default='', max_length=500, verbose_name='picture')),
                ('link', models.CharField(blank=True, db_default='', max_length=500, verbose_name='link')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='products', to='customers.category', verbose_name='category')),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Upper('sku'), name='product_sku_once')],
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.IntegerField()),
                ('quantity', models.IntegerField()),
                ('unit_price', models.DecimalField(decimal_places=4, help_text='in major units', max_digits=14)),
                ('amount', models.BigIntegerField(help_text='minor units')),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='customers.order')),
                ('product', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='customers.product')),
            ],
            options={
                'indexes': [models.Index(fields=['product', 'order'], name='line_product')],
                'constraints': [models.UniqueConstraint(fields=('order', 'position'), name='line_once')],
            },
        ),
        migrations.CreateModel(
            name='Rejection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField()),
                ('column', models.CharField(blank=True, max_length=120)),
                ('reason', models.CharField(max_length=40)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('cells', models.JSONField(db_default=[], default=list)),
                ('file_name', models.CharField(db_default='', max_length=200)),
                ('file_digest', models.CharField(db_default='', max_length=64)),
                ('file_line', models.BigIntegerField(db_default=0)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejections', to='customers.importjob')),
                ('resolved_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='resolved', to='customers.importjob')),
            ],
            options={
                'indexes': [models.Index(fields=['file_digest', 'file_line'], name='rejection_origin')],
                'constraints': [models.UniqueConstraint(fields=('job', 'line'), name='rejection_once')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('query', models.TextField(blank=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('user', 'page', 'name'), name='saved_view_unique')],
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('rule', models.JSONField(default=dict, verbose_name='rule')),
                ('revision', models.IntegerField(default=0, editable=False, help_text='counts edits, so that two editors notice each other')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='changed')),
                ('last_count', models.IntegerField(editable=False, null=True, verbose_name='customers')),
                ('last_counted_at', models.DateTimeField(editable=False, null=True, verbose_name='counted')),
                ('created_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('updated_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by')),
            ],
            options={
                'verbose_name': 'segment',
                'verbose_name_plural': 'segments',
                'permissions': [('export_segment', 'Can export the customers of segments')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='segment_name_once')],
            },
        ),
        migrations.CreateModel(
            name='SegmentDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=120)),
                ('description', models.CharField(blank=True, max_length=300)),
                ('rule', models.JSONField(default=dict)),
                ('revision', models.IntegerField(default=0, help_text='of the segment when the draft was begun')),
                ('updated_at', models.DateTimeField()),
                ('segment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='customers.segment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'segment'), name='draft_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Shop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('url', models.URLField(blank=True, verbose_name='web address')),
                ('country', models.CharField(default='DE', max_length=2, verbose_name='country')),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=40, verbose_name='time zone')),
                ('currency', models.CharField(blank=True, help_text='ISO 4217. Empty until the first orders are recorded, whose currency it then takes.', max_length=3, verbose_name='currency')),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), default=customers.models.shop.default_languages, size=None, verbose_name='languages')),
                ('address', models.CharField(choices=[('sie', 'formal (Sie)'), ('du', 'familiar (du)')], default='sie', max_length=3, verbose_name='form of address')),
            ],
            options={
                'verbose_name': 'shop',
                'verbose_name_plural': 'shop',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='shop_is_one_row')],
            },
        ),
        migrations.AddField(
            model_name='customer',
            name='home_store',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='customers.store', verbose_name='home store'),
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('user_label', models.CharField(blank=True, max_length=254, verbose_name='user')),
                ('action', models.CharField(max_length=60, verbose_name='action')),
                ('subject_type', models.CharField(blank=True, max_length=60, verbose_name='subject')),
                ('subject_id', models.CharField(blank=True, max_length=60)),
                ('detail', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='detail')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit log',
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['at', 'id'], name='audit_at'), models.Index(fields=['subject_type', 'subject_id', 'at'], name='audit_subject'), models.Index(fields=['user', 'at'], name='audit_user'), models.Index(fields=['action', 'at'], name='audit_action')],
            },
        ),
        migrations.CreateModel(
            name='CustomerStats',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='stats', serialize=False, to='customers.customer')),
                ('orders', models.IntegerField(db_default=0)),
                ('refunds', models.IntegerField(db_default=0)),
                ('ordered', models.BigIntegerField(db_default=0, verbose_name='value of orders')),
                ('refunded', models.BigIntegerField(db_default=0, help_text='never above zero', verbose_name='value of refunds')),
                ('revenue', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(models.F('ordered'), '+', models.F('refunded')), output_field=models.BigIntegerField())),
                ('first_order_at', models.DateTimeField(null=True)),
                ('last_order_at', models.DateTimeField(null=True)),
                ('last_order_times', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), db_default=[], default=list, help_text='newest first, at most ten', size=None)),
                ('average_gap', models.BigIntegerField(help_text='seconds between orders; empty below two orders', null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['orders'], name='stats_orders'), models.Index(fields=['revenue'], name='stats_revenue'), models.Index(fields=['last_order_at'], name='stats_last_order')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=80, verbose_name='source')),
                ('number', models.CharField(max_length=120, verbose_name='number')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to='customers.customer')),
            ],
            options={
                'verbose_name': 'customer number',
                'verbose_name_plural': 'customer numbers',
                'constraints': [models.UniqueConstraint(fields=('source', 'number'), name='identity_once')],
            },
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['sort_name', 'id'], name='customer_sort'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(django.db.models.functions.text.Lower('email'), name='customer_email'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='customer_phone'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['country', 'city'], name='customer_place'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['language'], name='customer_language'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(fields=['home_store'], name='customer_store'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(django.db.models.functions.datetime.ExtractMonth('birthday'), django.db.models.functions.datetime.ExtractDay('birthday'), condition=models.Q(('birthday__isnull', False)), name='customer_birthday'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='customer_search'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=django.contrib.postgres.indexes.GinIndex(fields=['attributes'], name='customer_attributes', opclasses=['jsonb_path_ops']),
        ),
    ]
