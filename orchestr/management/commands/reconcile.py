"""`reconcile`: exit 0 where every row is what its events tell, 1 where one is not (the first is named)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.reconciling.compare import reconcile
from orchestr.reconciling.nouns import NOUNS

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
