"""`manage.py refresh_system KEY`: read everything of a system now, in this process, and say how far it is."""

import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from orchestr.catalogue import refresh
from orchestr.catalogue.models import System, SystemResource

EVERY_S = 2.0


class Command(BaseCommand):
    help = "Read everything of a system that is in use. Needs its credential for reading in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key")

    def handle(self, *, key: str, **options: Any) -> None:
        at = timezone.now()
        system = System.objects.filter(key=key).first()
        if system is None:
            raise CommandError(f"There is no system {key!r}.")
        if not system.enabled:
            raise CommandError(f"{key} is not in use: nothing reads it. Ask for it to be put in use at /connectors/.")
        System.objects.filter(pk=system.pk).update(asked_at=at)
        system.asked_at = at
        if not refresh.claim(system, at=at):
            raise CommandError(f"A worker is reading {key} now, or leaves it alone after a failure: try again later.")
        over = threading.Event()
        telling = threading.Thread(target=self._tell, args=(system, over), daemon=True)
        telling.start()
        try:
            done = refresh.refresh(system)
        finally:
            over.set()
            telling.join()
        if done.failure:
            system.refresh_from_db()
            raise CommandError(f"It was not read: {system.degraded_reason}")
        self.stdout.write(f"{done.resources} things read, {done.changed} values changed.")

    def _tell(self, system: System, over: threading.Event) -> None:
        """Every two seconds how many things have been seen; on a connection of its own."""
        try:
            while not over.wait(EVERY_S):
                seen = SystemResource.objects.filter(system=system, seen_at__gte=system.asked_at).count()
                self.stdout.write(f"{seen} things so far")
        finally:
            connection.close()
