"""`manage.py drill WORKFLOW SCENARIO --as ACCOUNT`: start a drill from a terminal of the machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.drills.scenarios import SCENARIOS
from orchestr.drills.start import start_drill
from orchestr.people.models import Account
from orchestr.refusal import Refusal
from orchestr.workflows.models import Workflow


class Command(BaseCommand):
    help = "Rehearse a failure of a workflow in its sandbox; a worker plays it, and /drills/ shows the score."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workflow", help="The workflow's key.")
        parser.add_argument("scenario", help=", ".join(sorted(SCENARIOS)))
        parser.add_argument("--as", dest="account", required=True, help="An admin, or the workflow's owner.")

    def handle(self, *, workflow: str, scenario: str, account: str, **options: Any) -> None:
        person = Account.objects.filter(username=account, is_active=True).exclude(person=None).first()
        found = Workflow.objects.filter(key=workflow).first()
        if person is None or found is None:
            raise CommandError("There is no such workflow." if found is None else "There is no such account in use.")
        at = timezone.now()
        try:
            with transaction.atomic(durable=True):
                drill = start_drill(workflow_id=found.pk, scenario=scenario, by=person, at=at)
        except Refusal as refusal:
            record_refusal(
                actor=Actor.person(account_id=person.pk, person_id=str(person.person_id)),
                at=at,
                code=refusal.code,
                door="command:drill",
                about=refusal.about,
                params=refusal.params,
            )
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(f"Drill {drill.pk} has begun; it ends by {drill.until:%Y-%m-%d %H:%M} UTC.")
