from django.db import migrations

# Rules and prizes stay as they were at the start, entries and results as they were drawn. Past the draw only the
# customer of an entry may be taken away (she was erased).
FORWARD = """
CREATE FUNCTION loyalty_contest_rules_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['state', 'drawn_at', 'digest'];
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state = 'draft' THEN RETURN OLD; END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'draft' THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'drawn' AND NEW.state <> 'draft'
       AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the rules of a contest stay as they were at its start'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER loyalty_contest_rules_stay BEFORE UPDATE OR DELETE ON loyalty_contest
    FOR EACH ROW EXECUTE FUNCTION loyalty_contest_rules_stay();

CREATE FUNCTION loyalty_contest_prizes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM loyalty_contest WHERE state <> 'draft'
               AND (TG_OP <> 'INSERT' AND id = OLD.contest_id OR TG_OP <> 'DELETE' AND id = NEW.contest_id)) THEN
        RAISE EXCEPTION 'the prizes of a contest stay as they were at its start'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER loyalty_contest_prizes_stay BEFORE INSERT OR UPDATE OR DELETE ON loyalty_contestprize
    FOR EACH ROW EXECUTE FUNCTION loyalty_contest_prizes_stay();

CREATE FUNCTION loyalty_contest_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.customer_id IS NULL
       AND to_jsonb(OLD) - 'customer_id' = to_jsonb(NEW) - 'customer_id' THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM loyalty_contest WHERE state = 'drawn'
               AND id = (CASE TG_OP WHEN 'INSERT' THEN NEW.contest_id ELSE OLD.contest_id END)) THEN
        RAISE EXCEPTION 'the entries of a contest stay as they were drawn from'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER loyalty_contest_entries_stay BEFORE INSERT OR UPDATE OR DELETE ON loyalty_contestentry
    FOR EACH ROW EXECUTE FUNCTION loyalty_contest_entries_stay();
"""
BACKWARD = """
DROP TRIGGER loyalty_contest_entries_stay ON loyalty_contestentry;
DROP FUNCTION loyalty_contest_entries_stay();
DROP TRIGGER loyalty_contest_prizes_stay ON loyalty_contestprize;
DROP FUNCTION loyalty_contest_prizes_stay();
DROP TRIGGER loyalty_contest_rules_stay ON loyalty_contest;
DROP FUNCTION loyalty_contest_rules_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0070_contests_and_sales")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
