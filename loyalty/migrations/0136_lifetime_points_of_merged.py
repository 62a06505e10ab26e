from django.db import migrations

# What somebody had earned stayed with her closed account, and what was taken back of it lowered that of whom she was
# merged into, even below 0.
PASS_ON = """
    WITH closed AS MATERIALIZED (
        SELECT a.id, a.program_id, c.merged_into_id AS owner_id, a.lifetime
        FROM loyalty_account a JOIN customers_customer c ON c.id = a.customer_id
        WHERE c.merged_into_id IS NOT NULL AND a.lifetime <> 0
    ), raised AS (
        UPDATE loyalty_account a SET lifetime = a.lifetime + s.points
        FROM (SELECT program_id, owner_id, sum(lifetime) AS points FROM closed GROUP BY program_id, owner_id) AS s
        WHERE a.program_id = s.program_id AND a.customer_id = s.owner_id
    )
    UPDATE loyalty_account a SET lifetime = 0 FROM closed WHERE a.id = closed.id
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0135_budget_periods")]

    operations = [migrations.RunSQL(PASS_ON, migrations.RunSQL.noop)]
