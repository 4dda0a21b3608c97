"""`reconcile`: exit 0 where every row is what its events tell and was changed with one, 1 where one is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.reconciling.compare import reconcile
from orchestr.reconciling.nouns import NOUNS
from orchestr.reconciling.unexplained import changed_without_event, look_at_all

MOST_SAID = 50


class Command(BaseCommand):
    help = (
        "Derive proposals, executions, scopes and all else that is governed from their events; compare with the rows."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for noun in NOUNS:
            checked = 0
            for answer in reconcile([noun]):
                checked += 1
                if answer is not None:
                    faults += 1
                    if faults <= MOST_SAID:
                        self.stdout.write(self.style.ERROR(f"{answer.place}: {answer.message}"))
            self.stdout.write(f"{noun.name}: {checked}")
        faults += self._row_history()
        if faults:
            raise CommandError(
                ngettext(
                    "%(count)d row is not what its events tell.",
                    "%(count)d rows are not what their events tell.",
                    faults,
                )
                % {"count": faults},
                returncode=1,
            )
        self.stdout.write(self.style.SUCCESS(_("Every row is what its events tell.")))

    def _row_history(self) -> int:
        """Name each row change without an event of its transaction; how many there are."""
        at = timezone.now()
        with transaction.atomic():
            looked = look_at_all(at=at)
        for fault in changed_without_event(looked.unexplained[-MOST_SAID:]):
            self.stdout.write(self.style.ERROR(f"{fault.place}: {fault.message}"))
        self.stdout.write(f"row changes: {looked.changes}")
        return len(looked.unexplained)
