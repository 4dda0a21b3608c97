"""`manage.py acknowledge DISCREPANCY --why TEXT --as ACCOUNT [--made-by ACCOUNT]`: say why rows are not what their events
tell; a second person confirms it."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.discrepancies.acknowledge import request_acknowledgement
from orchestr.discrepancies.models import Discrepancy
from orchestr.people.models import Account
from orchestr.refusal import Refusal, absent


class Command(BaseCommand):
    help = "Account for what `reconcile` has found. A second person confirms it on the page of control changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("discrepancy", nargs="?", type=UUID, help="Its id; without one those that wait are listed.")
        parser.add_argument("--why")
        parser.add_argument("--as", dest="account", help="The account of the person who asks.")
        parser.add_argument("--made-by", help="An account of the person whose hand it was, where that is known.")

    def handle(
        self, *, discrepancy: UUID | None, why: str | None, account: str | None, made_by: str | None, **options: Any
    ) -> None:
        if discrepancy is None:
            return self._list()
        by = Account.objects.filter(username=account, is_active=True).first()
        if by is None:
            raise CommandError("Say who asks with --as ACCOUNT: an active account that belongs to a person.")
        hand = Account.objects.filter(username=made_by).first() if made_by else None
        if made_by and hand is None:
            raise CommandError("Nobody has the account named by --made-by.")
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                row = Discrepancy.objects.filter(pk=discrepancy).first()
                if row is None:
                    raise absent("discrepancy")
                change = request_acknowledgement(
                    discrepancy_id=row.pk, digest=row.digest, why=why or "", by=by, at=at,
                    made_by=None if hand is None else hand.person_id,
                )  # fmt: skip
        except Refusal as refusal:
            actor = Actor.person(account_id=by.pk, person_id=by.person_id)
            record_refusal(
                actor=actor, at=at, code=refusal.code, door="command:acknowledge", about=refusal.about,
                params=refusal.params,
            )  # fmt: skip
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Asked: {change.pk}. A second person confirms it on the page /controls/.")
        return None

    def _list(self) -> None:
        for row in Discrepancy.objects.filter(acknowledgement=None).order_by("id").iterator(2_000):
            said = row.said
            what = ", ".join(said["tables"]) if row.kind == "changes" else f"{said['noun']} {said['how']}"
            self.stdout.write(f"{row.pk}  {row.found_at:%Y-%m-%d %H:%M}  {row.kind}  {what}  {row.count}")
