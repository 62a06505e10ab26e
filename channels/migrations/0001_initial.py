import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('backend', models.CharField(max_length=30, verbose_name='provider')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], default='email', max_length=12, verbose_name='channel')),
                ('settings', models.JSONField(blank=True, default=dict, help_text='no secrets', verbose_name='settings')),
                ('per_second', models.IntegerField(blank=True, help_text='empty: no limit', null=True, verbose_name='messages per second')),
                ('paused_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='paused since')),
                ('pause_reason', models.CharField(blank=True, editable=False, max_length=300, verbose_name='because')),
            ],
            options={
                'verbose_name': 'provider account',
                'verbose_name_plural': 'provider accounts',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='account_name_once')],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('priority', models.SmallIntegerField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('fence', models.IntegerField(default=0)),
                ('worker', models.CharField(blank=True, db_default='', help_text='host:process that claimed it', max_length=80)),
                ('done_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='channels.account')),
            ],
        ),
        migrations.CreateModel(
            name='Brand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('colour', models.CharField(default='#0f766e', max_length=7, verbose_name='colour')),
                ('logo', models.CharField(blank=True, help_text='address of a picture', max_length=500, verbose_name='logo')),
                ('imprint', models.JSONField(default=dict, help_text='plain text', verbose_name='legal notice per language')),
                ('fallback_language', models.CharField(default='de', max_length=10, verbose_name='language if hers is missing')),
            ],
            options={
                'verbose_name': 'brand',
                'verbose_name_plural': 'brand',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='brand_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12, verbose_name='channel')),
                ('purpose', models.CharField(choices=[('sending', 'Sending'), ('tracking', 'Tracking')], default='sending', max_length=10, verbose_name='purpose')),
                ('state', models.CharField(choices=[('granted', 'granted'), ('withdrawn', 'withdrawn')], max_length=10, verbose_name='state')),
                ('basis', models.CharField(choices=[('double_opt_in', 'confirmed by e-mail'), ('existing_customer', 'existing customer'), ('stated', 'stated by the customer'), ('import', 'import'), ('staff', 'entered by staff'), ('demo', 'demo')], max_length=20, verbose_name='basis')),
                ('evidence', models.JSONField(default=dict, verbose_name='evidence')),
                ('stated_at', models.DateTimeField(verbose_name='stated at')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
            },
        ),
        migrations.CreateModel(
            name='Content',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], default='email', max_length=12)),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('variant', models.CharField(default='A', max_length=10)),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='subject')),
                ('preheader', models.CharField(blank=True, max_length=300, verbose_name='preview text')),
                ('blocks', models.JSONField(default=list)),
                ('revision', models.IntegerField(default=0, help_text='counts edits, so that two editors notice each other')),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['language'],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occurrence', models.BigIntegerField()),
                ('attempt', models.SmallIntegerField(db_default=0, default=0)),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12)),
                ('language', models.CharField(max_length=10)),
                ('variant', models.CharField(db_default='A', max_length=10)),
                ('arm', models.CharField(blank=True, db_default='', max_length=10)),
                ('state', models.CharField(choices=[('planned', 'planned'), ('calling', 'being sent'), ('accepted', 'sent'), ('delivered', 'delivered'), ('bounced', 'bounced'), ('complained', 'complained'), ('withheld', 'not sent'), ('refused', 'refused'), ('expired', 'expired'), ('cancelled', 'cancelled'), ('render_error', 'faulty content'), ('unknown', 'unknown')], db_default='planned', default='planned', max_length=12)),
                ('reason', models.CharField(blank=True, db_default='', help_text='why it waits, or why it ended so', max_length=30)),
                ('priority', models.SmallIntegerField(db_default=5)),
                ('due_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('tries', models.SmallIntegerField(db_default=0, help_text='calls that the line failed')),
                ('tracked', models.BooleanField(db_default=False, help_text='tracking consent at the moment of sending')),
                ('address_key', models.CharField(blank=True, db_default='', max_length=64)),
                ('provider_id', models.CharField(blank=True, db_default='', max_length=120)),
                ('context', models.JSONField(db_default={}, help_text='ids of cart, order, product, code')),
                ('detail', models.CharField(blank=True, db_default='', help_text="the provider's answer, shortened", max_length=300)),
                ('planned_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('called_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='DeliveryEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('delivered', 'delivered'), ('bounced', 'bounced'), ('complained', 'complained'), ('opened', 'opened'), ('clicked', 'clicked'), ('opted_out', 'opted out')], max_length=12)),
                ('human', models.BooleanField(db_default=True, default=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('at', models.DateTimeField()),
                ('detail', models.JSONField(db_default={}, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.IntegerField()),
                ('url', models.TextField(help_text='a Liquid template; http or https')),
                ('label', models.CharField(blank=True, max_length=200)),
                ('anonymous_clicks', models.BigIntegerField(default=0, help_text='by people without tracking consent')),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('marketing', 'Marketing'), ('service', 'Service')], default='marketing', max_length=10, verbose_name='purpose')),
                ('priority', models.SmallIntegerField(default=5, help_text='0 goes first', verbose_name='priority')),
                ('expires_after', models.DurationField(blank=True, null=True, verbose_name='expires after')),
                ('paused_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('pause_reason', models.CharField(blank=True, db_default='', editable=False, help_text='filled when we paused it ourselves', max_length=300)),
                ('cancelled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('locked_at', models.DateTimeField(blank=True, editable=False, help_text='launched: its contents stay as they are', null=True)),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
            },
        ),
        migrations.CreateModel(
            name='MessageVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('digest', models.CharField(help_text='sha256 over all contents, sender, topic and legal notice', max_length=64)),
                ('sender_name', models.CharField(max_length=80)),
                ('sender_email', models.EmailField(max_length=254)),
                ('reply_to', models.EmailField(blank=True, max_length=254)),
                ('fallback_language', models.CharField(max_length=10)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='OptIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, null=True, unique=True)),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12)),
                ('language', models.CharField(max_length=10)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('address_key', models.CharField(max_length=64)),
                ('mailbox_key', models.CharField(help_text='as address_key, without +tag: for the limits', max_length=64)),
                ('evidence', models.JSONField(default=dict)),
                ('asked_at', models.DateTimeField()),
                ('mailed_at', models.DateTimeField(help_text='when a provider took the mail', null=True)),
                ('claimed_until', models.DateTimeField(help_text='a worker may be mailing it until then', null=True)),
                ('withheld', models.CharField(blank=True, db_default='', max_length=12)),
                ('confirmed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Permission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12)),
                ('purpose', models.CharField(choices=[('sending', 'Sending'), ('tracking', 'Tracking')], max_length=10)),
                ('granted', models.BooleanField()),
                ('stated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Reach',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12)),
                ('address', models.CharField(blank=True, db_default='', max_length=254)),
                ('address_key', models.CharField(blank=True, db_default='', max_length=64)),
                ('last_called_at', models.DateTimeField(null=True)),
                ('soft_bounces', models.SmallIntegerField(db_default=0)),
            ],
        ),
        migrations.CreateModel(
            name='SandboxMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.CharField(max_length=254)),
                ('subject', models.CharField(max_length=998)),
                ('raw', models.BinaryField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('reply_to', models.EmailField(blank=True, max_length=254, verbose_name='replies to')),
            ],
            options={
                'verbose_name': 'sender',
                'verbose_name_plural': 'senders',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12, verbose_name='channel')),
                ('address_key', models.CharField(max_length=64)),
                ('reason', models.CharField(choices=[('objection', 'objection'), ('complaint', 'complaint as spam'), ('bounce', 'address does not exist'), ('staff', 'entered by staff')], max_length=12, verbose_name='reason')),
                ('source', models.CharField(blank=True, max_length=80, verbose_name='source')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='since')),
            ],
            options={
                'verbose_name': 'suppression',
                'verbose_name_plural': 'suppressions',
            },
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=40, unique=True, verbose_name='key')),
                ('names', models.JSONField(default=dict, verbose_name='name per language')),
                ('position', models.IntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'topic',
                'verbose_name_plural': 'topics',
                'ordering': ['position', 'key'],
            },
        ),
        migrations.CreateModel(
            name='VersionContent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail')], max_length=12)),
                ('language', models.CharField(max_length=10)),
                ('variant', models.CharField(max_length=10)),
                ('subject', models.TextField()),
                ('html', models.TextField(blank=True)),
                ('text', models.TextField(blank=True)),
                ('fields', models.JSONField(default=list, help_text='keys of the merge fields used')),
                ('digest', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Pace',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='pace', serialize=False, to='channels.account')),
                ('tokens', models.FloatField(db_default=0)),
                ('filled_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('failures', models.IntegerField(db_default=0, help_text='broken slices in a row')),
                ('resting_until', models.DateTimeField(null=True)),
            ],
        ),
    ]
