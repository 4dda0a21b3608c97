"""`verify_audit`: exit 0 good, 1 tampered (the first bad place is named), 2 unusable."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.recheck import recheck
from audit.walls import Fault, guarded_tables, wall_faults


class Command(BaseCommand):
    help = "Check the audit log: rights and triggers of every partition, then every event against its hash."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            faults = [*self._walls(), *self._events()]
        except DatabaseError as error:
            raise CommandError(
                _("The audit log cannot be read: %(error)s") % {"error": type(error).__name__}, returncode=2
            ) from error
        self.stdout.write(_("Sealing is not in place yet: a removed event would not be noticed."))
        if faults:
            first = faults[0]
            raise CommandError(
                _("The audit log is not good. First bad place: %(place)s. %(message)s")
                % {"place": first.place, "message": first.message},
                returncode=1,
            )
        self.stdout.write(self.style.SUCCESS(_("The audit log is good.")))

    def _walls(self) -> list[Fault]:
        with transaction.atomic():
            tables = guarded_tables()
            faults = list(wall_faults(role=settings.APP_ROLE, at=timezone.now()))
        self.stdout.write(
            ngettext(
                "Checked owner, rights, triggers and bounds of %(count)d table.",
                "Checked owner, rights, triggers and bounds of %(count)d tables.",
                len(tables),
            )
            % {"count": len(tables)}
        )
        for fault in faults:
            self._say(fault)
        return faults

    def _events(self) -> list[Fault]:
        checked, bad = 0, 0
        first: list[Fault] = []
        for answer in recheck():
            checked += 1
            if answer is not None:
                bad += 1
                if not first:
                    first.append(answer)
                    self._say(answer)
        self.stdout.write(
            ngettext(
                "Checked %(count)d event: canonical bytes, SHA-256 and columns; %(bad)d bad.",
                "Checked %(count)d events: canonical bytes, SHA-256 and columns; %(bad)d bad.",
                checked,
            )
            % {"count": checked, "bad": bad}
        )
        return first

    def _say(self, fault: Fault) -> None:
        self.stdout.write(
            self.style.ERROR(_("Bad: %(place)s. %(message)s") % {"place": fault.place, "message": fault.message})
        )
