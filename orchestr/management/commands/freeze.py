"""`manage.py freeze TARGET --why TEXT`: stop a target at once, from a terminal of the machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.freezes.freeze import freeze
from orchestr.freezes.targets import Target
from orchestr.refusal import Refusal


class Command(BaseCommand):
    help = "Stop all, connector:x, segment:x, workflow:x or agent:x. Immediate; thawing takes two people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target")
        parser.add_argument("--why", required=True)

    def handle(self, *, target: str, why: str, **options: Any) -> None:
        operator = Actor.worker("command")
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                frozen = freeze(target=Target.parse(target), why=why, by=operator, at=at)
        except Refusal as refusal:
            record_refusal(
                actor=operator, at=at, code=refusal.code, door="command:freeze", about=refusal.about,
                params=refusal.params,
            )  # fmt: skip
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Frozen: {frozen.target} ({frozen.pk}). No new write passes from now on.")
