"""The audit table with its partitions, rights and triggers; made by hand, since no model can say it."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import UUID7

from audit.partitions import UNBUILD, RoleMissing, build_sql


def build(apps, schema_editor):
    role = settings.APP_ROLE
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
        schema, exists = cursor.fetchone()
        if not exists:
            raise RoleMissing(
                f"The database role {role!r} does not exist. Create the role the app signs in with before migrating, "
                "and name it in ORCHESTR_APP_ROLE."
            )
        cursor.execute(build_sql(role=role, schema=schema))


def unbuild(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(UNBUILD)


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(build, unbuild)],
            state_operations=[
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        ("id", models.UUIDField(db_default=UUID7(), editable=False, primary_key=True, serialize=False)),
                        ("at", models.DateTimeField()),
                        ("action", models.TextField()),
                        (
                            "actor_kind",
                            models.TextField(
                                choices=[
                                    ("person", "Person"),
                                    ("agent", "Agent"),
                                    ("worker", "Worker"),
                                    ("system", "System"),
                                ]
                            ),
                        ),
                        ("actor_id", models.TextField()),
                        ("account_id", models.UUIDField(null=True)),
                        ("on_behalf_of", models.TextField(null=True)),
                        ("about", models.JSONField()),
                        ("data", models.JSONField()),
                        ("request_id", models.TextField(null=True)),
                        (
                            "segments",
                            django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                        ),
                        ("canonical", models.BinaryField()),
                        ("sha256", models.BinaryField()),
                    ],
                    options={
                        "db_table": "audit_event",
                        "verbose_name": "audit event",
                        "verbose_name_plural": "audit events",
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(fields=["about"], name="audit_event_about"),
                            models.Index(fields=["at", "id"], name="audit_event_at"),
                            models.Index(fields=["action", "id"], name="audit_event_action"),
                            models.Index(fields=["actor_id", "id"], name="audit_event_actor"),
                            models.Index(
                                fields=["request_id"],
                                name="audit_event_request",
                                condition=models.Q(request_id__isnull=False),
                            ),
                        ],
                    },
                )
            ],
        )
    ]
