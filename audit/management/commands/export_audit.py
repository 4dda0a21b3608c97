"""`export_audit`: write the log, or a part of it, to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.actors import Actor
from audit.exports import FORMATS, write_export
from audit.selection import Selection, SelectionRefused


class Command(BaseCommand):
    help = "Write audit events to a file, as JSON lines or CSV. The export itself is recorded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument(
            "--since", default="", help="Events from this time on (RFC 3339, UTC when no zone is given)."
        )
        parser.add_argument("--until", default="", help="Events before this time.")
        parser.add_argument("--proposal", default="", help="Events about this proposal.")
        parser.add_argument("--actor", default="", help="Events of this person, agent or worker (its id).")
        parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            selection = Selection.parse({name: options[name] for name in ("since", "until", "proposal", "actor")})
        except SelectionRefused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        path: Path = options["output"]
        try:
            rows = write_export(
                selection=selection,
                format=options["format"],
                path=path,
                actor=Actor.worker("export_audit"),
                at=timezone.now(),
            )
        except OSError as error:
            raise CommandError(
                _("The export could not be written: %(error)s") % {"error": error}, returncode=2
            ) from error
        self.stdout.write(_("Wrote %(rows)d events to %(path)s.") % {"rows": rows, "path": path})
