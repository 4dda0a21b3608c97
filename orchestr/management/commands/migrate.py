"""Django's `migrate`, which afterwards puts up the triggers of the row history on every governed table."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connection

from audit.rows.watch import watch
from orchestr.reconciling.governed import GOVERNED


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        tables = set(connection.introspection.table_names())
        if "audit_row_change" not in tables:  # migrated to a release without it
            return
        changed = watch([each for each in GOVERNED if each.table in tables])
        if changed and options["verbosity"] > 0:
            self.stdout.write(f"Row history: {len(changed)} tables.")
