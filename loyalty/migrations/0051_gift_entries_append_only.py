from django.db import migrations

# Erasure may empty the reason, and only that, after `SET LOCAL stammkunde.erasure = 'on'`.
FORWARD = """
CREATE FUNCTION loyalty_giftentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('stammkunde.erasure', true) = 'on'
       AND to_jsonb(OLD) - 'reason' = to_jsonb(NEW) - 'reason'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'bookings on gift cards are append-only: book a correction'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER loyalty_giftentry_append_only BEFORE UPDATE OR DELETE ON loyalty_giftentry
    FOR EACH ROW EXECUTE FUNCTION loyalty_giftentry_append_only();
CREATE TRIGGER loyalty_tillsync_append_only BEFORE UPDATE OR DELETE ON loyalty_tillsync
    FOR EACH ROW EXECUTE FUNCTION loyalty_append_only();
"""
BACKWARD = """
DROP TRIGGER loyalty_tillsync_append_only ON loyalty_tillsync;
DROP TRIGGER loyalty_giftentry_append_only ON loyalty_giftentry;
DROP FUNCTION loyalty_giftentry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0050_gift_cards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
