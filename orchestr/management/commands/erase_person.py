"""`manage.py erase_person PERSON --why TEXT --as ACCOUNT`: ask for a person to be erased; a second admin confirms."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.keeping.erase import request_erasure
from orchestr.people.models import Account
from orchestr.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Ask for a person to be erased: name, mail, sign-ins, rights and salt go, events stay. A second admin confirms."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="The id of the person, or the name of one of their accounts.")
        parser.add_argument("--why", required=True)
        parser.add_argument("--as", dest="account", required=True, help="The account of the admin who asks.")

    def handle(self, *, person: str, why: str, account: str, **options: Any) -> None:
        by = Account.objects.filter(username=account, is_active=True).first()
        if by is None:
            raise CommandError("Say who asks with --as ACCOUNT: an active account of an admin.")
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                change = request_erasure(person_id=_person(person), reason=why, by=by, at=at)
        except Refusal as refusal:
            actor = Actor.person(account_id=by.pk, person_id=by.person_id)
            record_refusal(
                actor=actor, at=at, code=refusal.code, door="command:erase_person", about=refusal.about,
                params=refusal.params,
            )  # fmt: skip
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Asked: {change.pk}. A second admin confirms it on the page /controls/.")


def _person(named: str) -> UUID:
    try:
        return UUID(named)
    except ValueError:
        found = Account.objects.filter(username=named).values_list("person_id", flat=True).first()
        if found is None:
            raise CommandError("There is nobody of that id or account.") from None
        return found
