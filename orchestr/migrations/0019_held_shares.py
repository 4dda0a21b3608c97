from django.db import migrations, models

# What a rollout holds back is begun by nobody before it went on. Workers of this release look at that themselves; one
# of a release that knows no rollouts is refused here, its transaction fails before anything is sent, and it lets go of
# the execution. One lookup by index, of such items alone, at their intent.
FUNCTION = """
CREATE FUNCTION orchestr_item_of_held_share() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM orchestr_rollout
    WHERE execution_id = NEW.execution_id AND state IN ('first', 'holding', 'asking');
    IF FOUND THEN
        RAISE EXCEPTION 'Item % belongs to the rest of a rollout that has not gone on.', NEW.index
            USING ERRCODE = 'check_violation', CONSTRAINT = 'item_of_held_share';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_of_held_share BEFORE UPDATE OF state ON orchestr_execution_item
FOR EACH ROW WHEN (NEW.later AND NEW.state = 'intended' AND OLD.state = 'pending')
EXECUTE FUNCTION orchestr_item_of_held_share();
"""
GONE = """
DROP TRIGGER item_of_held_share ON orchestr_execution_item;
DROP FUNCTION orchestr_item_of_held_share();
"""


class Migration(migrations.Migration):
    dependencies = [("orchestr", "0018_triggers")]

    operations = [
        migrations.RunSQL(FUNCTION, GONE),
        migrations.AddIndex(
            model_name="exposureuse",
            index=models.Index(
                condition=models.Q(models.Q(("state", "released"), _negated=True), ("folded", True)),
                fields=["proposal", "scope", "key"],
                name="exposure_use_own",
            ),
        ),
    ]
