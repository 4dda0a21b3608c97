"""`manage.py segment_rule make|retire|list`: segments by rules, from a terminal of the machine."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.catalogue.rules.models import SegmentRule
from orchestr.governance.segment_rules import make_rule, retire_rule
from orchestr.refusal import Refusal, absent


class Command(BaseCommand):
    help = "Make, retire or list segments by rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        making = verbs.add_parser("make")
        making.add_argument("key")
        making.add_argument("--name", default="")
        making.add_argument("--within", required=True, help="The key of the segment it draws from.")
        making.add_argument("--conditions", required=True, help="JSON, as docs/segments.md shows.")
        verbs.add_parser("retire").add_argument("key")
        verbs.add_parser("list")

    def handle(self, *, verb: str, **options: Any) -> None:
        if verb != "list":
            self._change(verb, options)
        for rule in SegmentRule.objects.select_related("within").order_by("key"):
            state = "retired" if rule.retired_at else f"holds {rule.held}, not known {rule.not_known}"
            self.stdout.write(f"{rule.key} within {rule.within.key}: {state}")

    def _change(self, verb: str, options: dict[str, Any]) -> None:
        operator, at = Actor.worker("command"), timezone.now()
        try:
            with transaction.atomic(durable=True):
                if verb == "make":
                    make_rule(
                        key=options["key"], name=options["name"], within=options["within"],
                        conditions=json.loads(options["conditions"]), by=operator, at=at,
                    )  # fmt: skip
                else:
                    rule = SegmentRule.objects.filter(key=options["key"]).first()
                    if rule is None:
                        raise absent("rule")
                    retire_rule(rule_id=rule.pk, by=operator, at=at)
        except json.JSONDecodeError:
            raise CommandError("The conditions are no JSON.") from None
        except Refusal as refusal:
            record_refusal(
                actor=operator, at=at, code=refusal.code, door="command:segment_rule", about=refusal.about,
                params=refusal.params,
            )  # fmt: skip
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
