"""`verify_audit`: exit 0 good, 1 tampered (the first bad place is named), 2 unusable."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.moment import one_moment
from audit.notes import Key, NoteRefused
from audit.pins import Pin, PinRefused, pins_in
from audit.recheck import recheck
from audit.recompute import Recount
from audit.rows.watch import watch_faults
from audit.seal import unsealed
from audit.walls import Fault, guarded_tables, wall_faults
from orchestr.reconciling.governed import GOVERNED

MOST_COUNTED = 100_000


class Command(BaseCommand):
    help = (
        "Check the audit log: rights and triggers of every table, every event against its hash, and the sealed log"
        " against its checkpoints and those pinned elsewhere."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pinned",
            type=Path,
            metavar="FILE",
            help="A checkpoint kept elsewhere, or a folder of them; without it the witness's folder, where there is one.",
        )
        parser.add_argument("--key", help="The log's public key as you know it, NAME+ID+BASE64, or a file with it.")

    def handle(self, *args: Any, pinned: Path | None = None, key: str | None = None, **options: Any) -> None:
        known = _key(key) if key else None
        try:
            faults = [*self._walls(), *self._events(), *self._log(pinned, known)]
        except DatabaseError as error:
            raise CommandError(
                _("The audit log cannot be read: %(error)s") % {"error": type(error).__name__}, returncode=2
            ) from error
        except OSError as error:
            raise CommandError(
                _("The pinned checkpoint cannot be read: %(error)s") % {"error": error.strerror}, returncode=2
            ) from error
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
            faults = [*wall_faults(role=settings.APP_ROLE, at=timezone.now()), *watch_faults(GOVERNED)]
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

    def _log(self, pinned: Path | None, key: Key | None) -> Iterator[Fault]:
        count = Recount()
        try:
            pins = _pins(pinned)
        except PinRefused as refused:
            yield from self._said([refused.fault])
            return
        except NoteRefused as error:
            yield from self._said([Fault("audit_key", str(error))])
            return
        if pinned is not None and not pins:
            raise CommandError(_("There is no checkpoint at the place that was named."), returncode=2)
        # The log is looked at after the pins: it may have grown beyond them, never the other way round.
        with one_moment():
            yield from self._said(count.faults(pins))
        if key is not None and (fault := count.known_key(key)):
            yield from self._said([fault])
        self._tell(count)

    def _tell(self, count: Recount) -> None:
        """What was looked at, what it rests on, and what an auditor has to ask about."""
        self.stdout.write(
            _("Sealed log: %(entries)d entries, %(checkpoints)d checkpoints, %(pinned)d of them pinned elsewhere.")
            % {"entries": count.entries, "checkpoints": count.checkpoints, "pinned": count.pinned}
        )
        if not count.pinned:
            self.stdout.write(
                _("Without a pinned checkpoint (--pinned) a log that was rewritten whole and signed anew looks good.")
            )
        elif count.pinned_to < count.entries:
            self.stdout.write(
                _(
                    "What was sealed from #%(first)d on lies behind the last pinned checkpoint: it rests on the log's own"
                    " key alone."
                )
                % {"first": count.pinned_to}
            )
        for remark in count.remarks:
            self.stdout.write(
                self.style.WARNING(
                    _("To be asked about: %(place)s. %(message)s") % {"place": remark.place, "message": remark.message}
                )
            )
        now = timezone.now()
        waiting = unsealed(since=now - timedelta(days=365 * 100), until=now, most=MOST_COUNTED)
        self.stdout.write(
            ngettext("%(count)d event waits to be sealed.", "%(count)d events wait to be sealed.", waiting)
            % {"count": waiting}
        )

    def _said(self, faults: Iterator[Fault] | list[Fault]) -> Iterator[Fault]:
        for fault in faults:
            self._say(fault)
            yield fault

    def _say(self, fault: Fault) -> None:
        self.stdout.write(
            self.style.ERROR(_("Bad: %(place)s. %(message)s") % {"place": fault.place, "message": fault.message})
        )


def _key(text: str) -> Key:
    try:
        return Key.parse(Path(text).read_text() if Path(text).is_file() else text)
    except (NoteRefused, OSError, UnicodeDecodeError) as error:
        raise CommandError(_("The key cannot be read: %(error)s") % {"error": error}, returncode=2) from error


def _pins(pinned: Path | None) -> list[Pin]:
    if pinned is not None:
        return pins_in(pinned)
    return pins_in(Path(settings.WITNESS_DIR)) if settings.WITNESS_DIR else []
