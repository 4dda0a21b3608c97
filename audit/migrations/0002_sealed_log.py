"""The sealed log: leaves, subtrees, checkpoints and keys, appended and never changed, behind the walls of the events."""

from django.db import migrations, models

from audit.partitions import log_walls_sql


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditKey",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
            ],
            options={
                "verbose_name": "key of the audit log",
                "verbose_name_plural": "keys of the audit log",
                "db_table": "audit_key",
            },
        ),
        migrations.CreateModel(
            name="AuditLeaf",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(unique=True)),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "leaf of the audit log",
                "verbose_name_plural": "leaves of the audit log",
                "db_table": "audit_leaf",
            },
        ),
        migrations.CreateModel(
            name="AuditSubtree",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("place", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "subtree of the audit log",
                "verbose_name_plural": "subtrees of the audit log",
                "db_table": "audit_subtree",
            },
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("note", models.TextField()),
            ],
            options={
                "verbose_name": "checkpoint of the audit log",
                "verbose_name_plural": "checkpoints of the audit log",
                "db_table": "audit_checkpoint",
                "indexes": [models.Index(fields=["size", "id"], name="audit_checkpoint_size")],
            },
        ),
        migrations.RunSQL(log_walls_sql(), migrations.RunSQL.noop),
    ]
