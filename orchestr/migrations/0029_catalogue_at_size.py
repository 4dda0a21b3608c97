"""What a resource is found by, as one text with a trigram index; how often scopes were asked too much."""

import django.db.models.deletion
import django.db.models.functions
from django.db import migrations, models

# On a line each and in capitals, so that one look finds any part of them. The statements of `catalogue/finding.py` alone
# read it: no model carries it about.
COLUMN = """
ALTER TABLE orchestr_resource
ADD COLUMN found_by text GENERATED ALWAYS AS (upper(title || E'\\n' || sku || E'\\n' || key)) STORED
"""
# Without the extension (a package of its own on some servers) the same question reads the table: slower, no less right.
INDEX = """
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX resource_found_by ON orchestr_resource USING gin (found_by gin_trgm_ops);
EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege OR undefined_object THEN
    RAISE NOTICE 'pg_trgm is not to be had: the catalogue is searched without an index';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orchestr", "0028_measurements")]

    operations = [
        migrations.RunSQL(COLUMN, "ALTER TABLE orchestr_resource DROP COLUMN found_by"),
        migrations.CreateModel(
            name="ScopeRefusal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.db.models.functions.UUID7(), editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("what", models.CharField(max_length=10)),
                ("day", models.DateField(help_text="In UTC.")),
                ("count", models.PositiveIntegerField()),
                ("last_at", models.DateTimeField()),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orchestr.agent"
                    ),
                ),
                (
                    "tool",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orchestr.tool"
                    ),
                ),
            ],
            options={
                "db_table": "orchestr_scope_refusal",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agent", "tool", "what", "day"), name="scope_refusal_once_a_day"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("tool", None)),
                        fields=("agent", "what", "day"),
                        name="scope_refusal_of_no_tool_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("what__in", ("change", "limit", "field", "segment"))),
                        name="scope_refusal_known",
                    ),
                ],
            },
        ),
        migrations.RunSQL("ANALYZE orchestr_resource", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE INDEX resource_segment_held ON orchestr_resource_segment (segment_id, resource_id)",
            "DROP INDEX resource_segment_held",
        ),
        migrations.RunSQL(INDEX, "DROP INDEX IF EXISTS resource_found_by"),
    ]
