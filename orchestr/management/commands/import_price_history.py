"""`manage.py import_price_history FILE.csv`: past prices for the rules that look 30 days back."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.catalogue.price_import import import_price_history
from orchestr.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Add past prices to the append-only history: a CSV of sku, channel, country, currency, amount (minor units), "
        "exponent, tax, since (RFC 3339). The whole file or nothing; importing it again adds nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        operator = Actor.worker("command")
        at = timezone.now()
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        try:
            with transaction.atomic(durable=True):
                imported = import_price_history(content=content, by=operator, at=at)
        except Refusal as refusal:
            record_refusal(
                actor=operator, at=at, code=refusal.code, door="command:import_price_history", about=refusal.about,
                params=refusal.params,
            )  # fmt: skip
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Imported {imported.rows} past prices; {imported.known} were known already.")
