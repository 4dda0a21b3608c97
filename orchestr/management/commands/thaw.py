"""`manage.py thaw TARGET --why TEXT --as ACCOUNT`: ask for a freeze to be lifted; a second person confirms."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.freezes.freeze import request_thaw
from orchestr.freezes.targets import Target
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.refusal import Refusal


class Command(BaseCommand):
    help = "Ask for a freeze to be lifted. A second person confirms it on the on-call page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target")
        parser.add_argument("--why", required=True)
        parser.add_argument(
            "--as",
            dest="account",
            default="",
            help="The account of the person who asks; may be left out where there is one admin only.",
        )

    def handle(self, *, target: str, why: str, account: str, **options: Any) -> None:
        person = _asking(account)
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                change = request_thaw(target=Target.parse(target), why=why, by=person, at=at)
        except Refusal as refusal:
            record_refusal(
                actor=Actor.person(account_id=person.pk, person_id=str(person.person_id)),
                at=at,
                code=refusal.code,
                door="command:thaw",
                about=refusal.about,
                params=refusal.params,
            )
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Asked: {change.pk}. A second person on call confirms it on the page /oncall/.")


def _asking(name: str) -> Account:
    """Two different persons stand behind a thaw, so one has to be named unless there is no doubt who asks."""
    people = Account.objects.filter(is_active=True, person__isnull=False)
    found = list(people.filter(username=name) if name else people.filter(groups__name=Function.ADMIN)[:2])
    if len(found) != 1:
        raise CommandError("Say who asks with --as ACCOUNT: an active account that belongs to a person.")
    return found[0]
