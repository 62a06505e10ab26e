import django.db.models.deletion
from django.db import migrations, models

# Contests that run already keep as many codes as are free, the first prizes first.
KEEP = """
DO $$
DECLARE prize record;
BEGIN
    FOR prize IN SELECT p.id, p.coupon_id, p.count FROM loyalty_contestprize p
        JOIN loyalty_contest c ON c.id = p.contest_id
        WHERE c.state IN ('open', 'closed') AND p.coupon_id IS NOT NULL ORDER BY c.started_at, p.position
    LOOP
        WITH free AS MATERIALIZED (
            SELECT id FROM loyalty_couponcode WHERE coupon_id = prize.coupon_id AND state = 'free'
            ORDER BY id LIMIT prize.count FOR UPDATE SKIP LOCKED
        ), kept AS (
            UPDATE loyalty_couponcode c SET state = 'prize' FROM free WHERE c.id = free.id AND c.state = 'free'
            RETURNING c.id
        )
        INSERT INTO loyalty_contestcode (code_id, prize_id) SELECT id, prize.id FROM kept;
    END LOOP;
END $$;
"""
GIVE_BACK = "UPDATE loyalty_couponcode SET state = 'free' WHERE state = 'prize'"
# A contest that was called off stays so, as one that was drawn.
RULES_STAY = """
CREATE OR REPLACE FUNCTION loyalty_contest_rules_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    may_change text[] := ARRAY['state', 'drawn_at', 'digest'];
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state = 'draft' THEN RETURN OLD; END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'draft' THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN (%s) AND NEW.state <> 'draft'
       AND to_jsonb(OLD) - may_change = to_jsonb(NEW) - may_change THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the rules of a contest stay as they were at its start'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0133_days_of_till_keys")]
    operations = [
        migrations.AlterField(
            model_name="contest",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("open", "running"),
                    ("closed", "to be drawn"),
                    ("drawn", "drawn"),
                    ("off", "called off"),
                ],
                db_default="draft",
                default="draft",
                max_length=6,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="couponcode",
            name="state",
            field=models.CharField(
                choices=[
                    ("free", "not issued"),
                    ("reserved", "put aside for a message"),
                    ("prize", "kept for a contest"),
                    ("issued", "issued"),
                    ("void", "void"),
                ],
                db_default="free",
                default="free",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.CreateModel(
            name="ContestCode",
            fields=[
                (
                    "code",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="kept_for",
                        serialize=False,
                        to="loyalty.couponcode",
                    ),
                ),
                (
                    "prize",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="loyalty.contestprize",
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunSQL(RULES_STAY % "'drawn', 'off'", RULES_STAY % "'drawn'"),
        migrations.RunSQL(KEEP, GIVE_BACK),
    ]
