from django.db import migrations

# A version is what somebody approved. Only the count of anonymous clicks of a link may still rise.
FORWARD = """
CREATE FUNCTION channels_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'channels_link' AND to_jsonb(OLD) - 'anonymous_clicks' = to_jsonb(NEW) - 'anonymous_clicks'
    THEN
        RETURN NEW;
    END IF;
    -- Who froze it may be forgotten when that account is deleted.
    IF TG_TABLE_NAME = 'channels_messageversion' AND to_jsonb(OLD) - 'created_by_id' = to_jsonb(NEW) - 'created_by_id'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a frozen message is never changed: freeze a new version' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER channels_version_frozen BEFORE UPDATE ON channels_messageversion
    FOR EACH ROW EXECUTE FUNCTION channels_version_frozen();
CREATE TRIGGER channels_version_frozen BEFORE UPDATE ON channels_versioncontent
    FOR EACH ROW EXECUTE FUNCTION channels_version_frozen();
CREATE TRIGGER channels_version_frozen BEFORE UPDATE ON channels_link
    FOR EACH ROW EXECUTE FUNCTION channels_version_frozen();
"""
BACKWARD = """
DROP TRIGGER channels_version_frozen ON channels_messageversion;
DROP TRIGGER channels_version_frozen ON channels_versioncontent;
DROP TRIGGER channels_version_frozen ON channels_link;
DROP FUNCTION channels_version_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("channels", "0003_consent_is_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
