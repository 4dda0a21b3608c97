"""`manage.py lift_hold TARGET --why TEXT --as ACCOUNT`: ask for a legal hold to be lifted; a second person confirms."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.keeping.hold import HeldTarget, request_lift
from orchestr.keeping.models import LegalHold
from orchestr.people.models import Account
from orchestr.refusal import Refusal, absent


class Command(BaseCommand):
    help = "Ask for a legal hold to be lifted. A second person confirms it on the page of control changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target")
        parser.add_argument("--why", required=True)
        parser.add_argument("--as", dest="account", required=True, help="The account of the person who asks.")

    def handle(self, *, target: str, why: str, account: str, **options: Any) -> None:
        by = Account.objects.filter(username=account, is_active=True).first()
        if by is None:
            raise CommandError("Say who asks with --as ACCOUNT: an active account that belongs to a person.")
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                wanted = HeldTarget.parse(target)
                row = LegalHold.objects.filter(kind=wanted.kind, key=wanted.key, lifted_at=None).first()
                if row is None:
                    raise absent("legal hold")
                change = request_lift(hold_id=row.pk, why=why, by=by, at=at)
        except Refusal as refusal:
            actor = Actor.person(account_id=by.pk, person_id=by.person_id)
            record_refusal(
                actor=actor, at=at, code=refusal.code, door="command:lift_hold", about=refusal.about,
                params=refusal.params,
            )  # fmt: skip
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Asked: {change.pk}. A second person confirms it on the page /controls/.")
