"""A stamp that is another one after every change of what the company is set up as: see orchestr/generation.py."""

from django.db import migrations

# Table, and the columns whose change means nothing to those who keep it.
WATCHED = (
    ("orchestr_site", ()),
    ("orchestr_system", ("refreshed_at", "refreshing_until", "degraded_since", "degraded_reason")),
    ("orchestr_segment", ()),
    ("orchestr_field_owner", ()),
    ("orchestr_tool", ()),
    ("orchestr_scope", ("last_used_at",)),
    ("orchestr_scope_segment", ()),
    ("orchestr_workflow_segment", ()),
    ("orchestr_policy_version", ()),
    ("orchestr_segment_account_grant", ()),
    ("orchestr_segment_group_grant", ()),
    ("orchestr_account", ("last_login", "password", "email", "shortcuts")),
    ("orchestr_account_groups", ()),
    ("auth_group", ()),
    ("auth_permission", ()),
)

CREATE = """
CREATE TABLE orchestr_generation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    stamp uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO orchestr_generation DEFAULT VALUES;

-- Random rather than counted: a number that was rolled back would be given out twice.
CREATE FUNCTION orchestr_new_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (
            SELECT to_jsonb(fresh) - TG_ARGV[0]::text[] FROM fresh
            EXCEPT SELECT to_jsonb(gone) - TG_ARGV[0]::text[] FROM gone
        ) THEN RETURN NULL; END IF;
    ELSIF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM fresh) THEN RETURN NULL; END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM gone) THEN RETURN NULL; END IF;
    END IF;
    UPDATE orchestr_generation SET stamp = gen_random_uuid();
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER generation_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION orchestr_new_generation('{ignored}');
CREATE TRIGGER generation_update AFTER UPDATE ON {table} REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION orchestr_new_generation('{ignored}');
CREATE TRIGGER generation_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION orchestr_new_generation('{ignored}');
CREATE TRIGGER generation_truncate AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION orchestr_new_generation('{ignored}');
"""

DROP = """
DROP FUNCTION orchestr_new_generation() CASCADE;
DROP TABLE orchestr_generation;
"""


def _triggers() -> str:
    return "".join(TRIGGERS.format(table=table, ignored="{" + ",".join(ignored) + "}") for table, ignored in WATCHED)


class Migration(migrations.Migration):
    dependencies = [("orchestr", "0001_initial")]

    operations = [migrations.RunSQL(CREATE + _triggers(), DROP)]
