import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0016_draft_turns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('loyalty', '0030_rewards'),
    ]

    operations = [
        migrations.CreateModel(
            name='BudgetShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('cap', models.BigIntegerField(verbose_name='at most')),
                ('used', models.BigIntegerField(db_default=0, default=0, verbose_name='used')),
                ('budget', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='loyalty.budget')),
                ('store', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.store')),
            ],
            options={
                'verbose_name': "store's part of a budget",
                'verbose_name_plural': "stores' parts of budgets",
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('budget', 'begins_on', 'store'), name='budget_share_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('used__gte', 0), ('used__lte', models.F('cap'))), name='budget_share_in_bounds')],
            },
        ),
        migrations.AlterModelOptions(
            name='coupon',
            options={'ordering': ['-id'], 'verbose_name': 'coupon', 'verbose_name_plural': 'coupons'},
        ),
        migrations.AlterModelOptions(
            name='couponcode',
            options={'permissions': [('export_couponcode', 'Can take codes out as a file or on paper')], 'verbose_name': 'coupon code', 'verbose_name_plural': 'coupon codes'},
        ),
        migrations.AddField(
            model_name='budget',
            name='campaign',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='campaign'),
        ),
        migrations.AddField(
            model_name='budget',
            name='cost_centre',
            field=models.CharField(blank=True, db_default='', default='', max_length=40, verbose_name='cost centre'),
        ),
        migrations.AddField(
            model_name='budget',
            name='store_cap',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='at most per store'),
        ),
        migrations.AddField(
            model_name='budget',
            name='store_period',
            field=models.CharField(blank=True, choices=[('day', 'day'), ('week', 'week'), ('month', 'month'), ('year', 'year')], db_default='', default='', max_length=5, verbose_name='in each'),
        ),
        migrations.AddField(
            model_name='coupon',
            name='created_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddField(
            model_name='coupon',
            name='days_after',
            field=models.SmallIntegerField(db_default=0, default=0, verbose_name='begins so many days later'),
        ),
        migrations.AddField(
            model_name='coupon',
            name='relative_to',
            field=models.CharField(choices=[('issue', 'the day the code is issued'), ('delivery', 'the day the message arrives'), ('purchase', 'the last purchase'), ('birthday', 'the birthday')], db_default='issue', default='issue', max_length=8, verbose_name='counted from'),
        ),
        migrations.AddIndex(
            model_name='couponcode',
            index=models.Index(fields=['coupon', 'id'], name='code_coupon'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('store_cap__isnull', True), ('store_period', '')), models.Q(('store_cap__gt', 0), models.Q(('store_period', ''), _negated=True)), _connector='OR'), name='budget_store_cap_and_period'),
        ),
        migrations.AddField(
            model_name='redemption',
            name='share',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='loyalty.budgetshare'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['coupon', '-at', '-id'], name='redemption_newest'),
        ),
    ]
