"""`export_audit`: write the log, or a part of it, to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import Actor
from audit.bundling import NothingSealed, write_bundle
from audit.exports import FORMATS, write_export
from audit.notes import Checkpoint
from audit.pins import PinRefused, pins_in
from audit.selection import Selection, SelectionRefused
from audit.tree import TreeBroken

ACTOR = Actor.worker("export_audit")


class Command(BaseCommand):
    help = "Write audit events to a file, as JSON lines, CSV or a bundle that proves itself. The export itself is recorded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=[*FORMATS, "bundle"], required=True)
        parser.add_argument(
            "--since", default="", help="Events from this time on (RFC 3339, UTC when no zone is given)."
        )
        parser.add_argument("--until", default="", help="Events before this time.")
        parser.add_argument("--proposal", default="", help="Events about this proposal.")
        parser.add_argument("--actor", default="", help="Events of this person, agent or worker (its id).")
        parser.add_argument(
            "--pinned", type=Path, metavar="FILE", help="Of a bundle: prove that the log grew from this checkpoint."
        )
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            selection = Selection.parse({name: options[name] for name in ("since", "until", "proposal", "actor")})
        except SelectionRefused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        path: Path = options["output"]
        try:
            if options["format"] == "bundle":
                rows = write_bundle(
                    selection=selection, path=path, actor=ACTOR, at=timezone.now(), pinned=_pinned(options["pinned"])
                )
            else:
                rows = write_export(
                    selection=selection, format=options["format"], path=path, actor=ACTOR, at=timezone.now()
                )
        except (NothingSealed, PinRefused, TreeBroken) as refused:
            raise CommandError(str(refused), returncode=2) from refused
        except OSError as error:
            raise CommandError(
                _("The export could not be written: %(error)s") % {"error": error}, returncode=2
            ) from error
        self.stdout.write(_("Wrote %(rows)d events to %(path)s.") % {"rows": rows, "path": path})


def _pinned(path: Path | None) -> Checkpoint | None:
    return pins_in(path)[-1].checkpoint if path else None
