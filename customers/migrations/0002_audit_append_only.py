from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only: % of customers_auditentry is refused.', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON customers_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
"""
ALLOW = """
DROP TRIGGER audit_entry_append_only ON customers_auditentry;
DROP FUNCTION audit_entry_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
