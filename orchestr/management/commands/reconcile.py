"""`reconcile`: exit 0 where every row is what its events tell and was changed with one, or two people have accounted
for what is not; else 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.reconciling.differences import compare_all
from orchestr.reconciling.unexplained import changed_without_event, look_at_all

MOST_SAID = 50


class Command(BaseCommand):
    help = (
        "Derive proposals, executions, scopes and all else that is governed from their events; compare with the rows."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        compared = compare_all(at=at)
        for differing in compared.open[:MOST_SAID]:
            self.stdout.write(self.style.ERROR(f"{differing.place}: {differing.message}"))
        for name, checked in compared.checked.items():
            self.stdout.write(f"{name}: {checked}")
        with transaction.atomic():
            looked = look_at_all(at=at)
        for fault in changed_without_event(looked.open[-MOST_SAID:]):
            self.stdout.write(self.style.ERROR(f"{fault.place}: {fault.message}"))
        self.stdout.write(f"row changes: {looked.changes}")
        self.stdout.write(f"acknowledged: {len(compared.acknowledged) + len(looked.acknowledged)}")
        if faults := len(compared.open) + len(looked.open):
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
