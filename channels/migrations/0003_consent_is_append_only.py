from django.db import migrations

# Erasure may empty the evidence, and only that, after `SET LOCAL stammkunde.erasure = 'on'`.
FORWARD = """
CREATE FUNCTION channels_consent_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('stammkunde.erasure', true) = 'on'
       AND (OLD.id, OLD.customer_id, OLD.channel, OLD.topic_id, OLD.purpose, OLD.state, OLD.basis,
            OLD.stated_at, OLD.recorded_at, OLD.recorded_by_id)
           IS NOT DISTINCT FROM
           (NEW.id, NEW.customer_id, NEW.channel, NEW.topic_id, NEW.purpose, NEW.state, NEW.basis,
            NEW.stated_at, NEW.recorded_at, NEW.recorded_by_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents are append-only: record a new statement' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER channels_consent_append_only BEFORE UPDATE OR DELETE ON channels_consent
    FOR EACH ROW EXECUTE FUNCTION channels_consent_append_only();
"""
BACKWARD = """
DROP TRIGGER channels_consent_append_only ON channels_consent;
DROP FUNCTION channels_consent_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
