from django.db import migrations

# Erasure may empty the reason, and only that, after `SET LOCAL stammkunde.erasure = 'on'`.
FORWARD = """
CREATE FUNCTION loyalty_entry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('stammkunde.erasure', true) = 'on'
       AND to_jsonb(OLD) - 'reason' = to_jsonb(NEW) - 'reason'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'bookings of points are append-only: book a correction'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER loyalty_entry_append_only BEFORE UPDATE OR DELETE ON loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION loyalty_entry_append_only();

CREATE FUNCTION loyalty_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER loyalty_allocation_append_only BEFORE UPDATE OR DELETE ON loyalty_allocation
    FOR EACH ROW EXECUTE FUNCTION loyalty_append_only();
CREATE TRIGGER loyalty_terms_append_only BEFORE UPDATE OR DELETE ON loyalty_terms
    FOR EACH ROW EXECUTE FUNCTION loyalty_append_only();
"""
BACKWARD = """
DROP TRIGGER loyalty_terms_append_only ON loyalty_terms;
DROP TRIGGER loyalty_allocation_append_only ON loyalty_allocation;
DROP FUNCTION loyalty_append_only();
DROP TRIGGER loyalty_entry_append_only ON loyalty_entry;
DROP FUNCTION loyalty_entry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_points")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
