import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0018_inbox'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SocialAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(choices=[('facebook', 'Facebook'), ('instagram', 'Instagram'), ('x', 'X'), ('pinterest', 'Pinterest')], max_length=12, verbose_name='network')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('sandbox', models.BooleanField(default=False, verbose_name='sandbox')),
                ('settings', models.JSONField(blank=True, default=dict, help_text='no secrets', verbose_name='settings')),
                ('token_expires_on', models.DateField(blank=True, null=True, verbose_name='access ends on')),
                ('page_name', models.CharField(blank=True, help_text='what the network called it at the last test', max_length=200)),
                ('tested_at', models.DateTimeField(null=True)),
                ('paused_at', models.DateTimeField(editable=False, null=True, verbose_name='paused since')),
                ('pause_code', models.CharField(blank=True, help_text='why we paused it; empty: a person did', max_length=20)),
                ('pause_reason', models.CharField(blank=True, editable=False, max_length=300, verbose_name='because')),
            ],
            options={
                'verbose_name': 'social account',
                'verbose_name_plural': 'social accounts',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='social_account_name_once')],
            },
        ),
        migrations.CreateModel(
            name='SocialPostGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('link', models.TextField(blank=True, verbose_name='link')),
                ('picture', models.TextField(blank=True, verbose_name='picture')),
                ('alt', models.CharField(blank=True, max_length=500, verbose_name='picture in words')),
                ('wall_time', models.DateTimeField(help_text='the clock on the wall in `time_zone`, stored as if UTC', null=True)),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=40, verbose_name='time zone')),
                ('utm_campaign', models.CharField(blank=True, max_length=120, verbose_name="campaign in the shop's statistics")),
                ('revision', models.IntegerField(default=0, help_text='counts edits, so that two editors notice each other')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'post',
                'verbose_name_plural': 'posts',
            },
        ),
        migrations.CreateModel(
            name='SocialPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('own_text', models.BooleanField(default=False, help_text='its text is a variation of its own')),
                ('own_time', models.BooleanField(default=False, help_text='its time is its own')),
                ('text', models.TextField(blank=True)),
                ('title', models.CharField(blank=True, max_length=200)),
                ('link', models.TextField(blank=True)),
                ('picture', models.TextField(blank=True)),
                ('alt', models.CharField(blank=True, max_length=500)),
                ('wall_time', models.DateTimeField(help_text='the clock on the wall in `time_zone`, stored as if UTC', null=True)),
                ('time_zone', models.CharField(default='Europe/Berlin', max_length=40)),
                ('due_at', models.DateTimeField(null=True, verbose_name='when')),
                ('not_before', models.DateTimeField(help_text='of the next try', null=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('scheduled', 'Scheduled'), ('calling', 'being posted'), ('posted', 'Posted'), ('unknown', 'unknown'), ('failed', 'failed'), ('cancelled', 'Cancelled')], default='draft', max_length=10, verbose_name='state')),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('detail', models.CharField(blank=True, help_text="the network's words", max_length=300)),
                ('field', models.CharField(blank=True, help_text='what the network does not take', max_length=10)),
                ('tries', models.SmallIntegerField(db_default=0, default=0)),
                ('prepared', models.CharField(blank=True, help_text='what the network made ready, not public yet', max_length=120)),
                ('provider_id', models.CharField(blank=True, max_length=120)),
                ('permalink', models.TextField(blank=True)),
                ('called_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('fence', models.IntegerField(db_default=0, default=0)),
                ('looks', models.SmallIntegerField(db_default=0, default=0, help_text='look-ups in a row that settled nothing')),
                ('absences', models.SmallIntegerField(db_default=0, default=0, help_text='look-ups in a row that did not find it')),
                ('look_at', models.DateTimeField(help_text='of the next look-up; null: a person has to settle it', null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='channels.socialaccount')),
                ('scheduled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='channels.socialpostgroup')),
            ],
            options={
                'verbose_name': 'post',
                'verbose_name_plural': 'posts',
                'permissions': [('publish_socialpost', 'Can schedule, post and cancel posts')],
                'indexes': [models.Index(condition=models.Q(('state', 'scheduled')), fields=['due_at'], name='social_post_due'), models.Index(condition=models.Q(('state__in', ['calling', 'unknown'])), fields=['state'], name='social_post_open')],
                'constraints': [models.UniqueConstraint(fields=('group', 'account'), name='social_post_once')],
            },
        ),
        migrations.CreateModel(
            name='SocialClicks',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('people', models.BigIntegerField(db_default=0, default=0)),
                ('machines', models.BigIntegerField(db_default=0, default=0)),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clicks', to='channels.socialpost')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('post', 'day'), name='social_clicks_once')],
            },
        ),
    ]
