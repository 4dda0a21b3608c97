"""The row history: a partitioned table that triggers alone write; the triggers themselves follow each `migrate`."""

from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import UUID7

from audit.rows.table import UNBUILD_ROWS, rows_sql


def build(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        cursor.execute(rows_sql(role=settings.APP_ROLE, schema=schema))


def unbuild(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(UNBUILD_ROWS)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_sealed_log"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(build, unbuild)],
            state_operations=[
                migrations.AddField(
                    model_name="auditevent",
                    name="txid",
                    field=models.BigIntegerField(
                        help_text="Of its transaction, filled in by PostgreSQL: see audit/rows.", null=True
                    ),
                ),
                migrations.CreateModel(
                    name="RowChange",
                    fields=[
                        ("id", models.UUIDField(db_default=UUID7(), editable=False, primary_key=True, serialize=False)),
                        ("txid", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        ("role", models.TextField()),
                        ("application", models.TextField()),
                        ("table", models.TextField()),
                        (
                            "operation",
                            models.TextField(
                                choices=[
                                    ("insert", "Made"),
                                    ("update", "Changed"),
                                    ("delete", "Deleted"),
                                    ("truncate", "Emptied"),
                                ]
                            ),
                        ),
                        ("row", models.TextField()),
                        ("changes", models.JSONField()),
                    ],
                    options={
                        "verbose_name": "row change",
                        "verbose_name_plural": "row changes",
                        "db_table": "audit_row_change",
                        "indexes": [models.Index(fields=["row", "id"], name="audit_row_change_row")],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unexplained",
            fields=[
                ("change_id", models.UUIDField(primary_key=True, serialize=False)),
                ("found_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "row change without an event",
                "verbose_name_plural": "row changes without an event",
                "db_table": "audit_unexplained",
            },
        ),
        migrations.RunSQL("SELECT audit_wall('audit_unexplained')", migrations.RunSQL.noop),
    ]
