"""`manage.py hold TARGET --why TEXT`: keep what the target covers, from now on; TARGET is all, proposal:ID or person:ID."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.keeping.hold import HeldTarget, hold
from orchestr.refusal import Refusal

BY = Actor.worker("command")


class Command(BaseCommand):
    help = "Set a legal hold. Lifting it takes two people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target")
        parser.add_argument("--why", required=True)

    def handle(self, *, target: str, why: str, **options: Any) -> None:
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                row = hold(target=HeldTarget.parse(target), why=why, by=BY, at=at)
        except Refusal as refusal:
            record_refusal(
                actor=BY, at=at, code=refusal.code, door="command:hold", about=refusal.about, params=refusal.params
            )
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Held: {row.target} ({row.pk}).")
