"""`manage.py new_connector NAME`: a connector of one's own, as a package that installs and passes the suite."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orchestr.connectors.new import NewRefused, write_package


class Command(BaseCommand):
    help = "Write a new connector as an installable package outside this repository: orchestr-NAME with its tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="a Python package name, as in acme_shop; also the kind of system")
        parser.add_argument("--into", type=Path, help="the folder to write into; beside this repository without it")

    def handle(self, *, name: str, into: Path | None, **options: Any) -> None:
        repository = Path(settings.BASE_DIR)
        try:
            home = write_package(name=name, into=into or repository.parent, not_in=repository)
        except NewRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Written: {home}. Install it, run its tests, then follow its README.md.")
