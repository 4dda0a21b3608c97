"""`manage.py seed_demo`: Fjord & Field moves in. Running it again adds what is missing."""

import os
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from demo.seed import agents, company, examples, handover, people, rules, sandbox, scenes, triggers, vendure, waiting
from launch.keys import private_folder
from orchestr.catalogue import refresh
from orchestr.catalogue.models import System


class Command(BaseCommand):
    help = "Seed the demo company: people, sites, systems, agents, policy; optionally proposals for the queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        environ = os.environ
        parser.add_argument("--shop", default=environ.get("ORCHESTR_DEMO_SHOP_URL", ""), help="URL of the demo shop")
        parser.add_argument("--erp", default=environ.get("ORCHESTR_DEMO_ERP_URL", ""), help="URL of the demo ERP")
        parser.add_argument(
            "--vendure", default=environ.get("ORCHESTR_DEMO_VENDURE_URL", ""), help="URL of a Vendure beside it"
        )
        parser.add_argument(
            "--sandbox", default=environ.get("ORCHESTR_DEMO_SANDBOX_URL", ""), help="URL of a sandbox for drills"
        )
        parser.add_argument("--scenes", action="store_true", help="add a first share that is held, and a large set")
        parser.add_argument("--examples", action="store_true", help="employ the agents of examples/ too")
        parser.add_argument("--proposals", type=int, default=0, help="submit so many proposals for the queue")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["shop"] or not options["erp"]:
            raise CommandError("Where are the demo shop and ERP? Name them with --shop and --erp, or use `make run`.")
        at = timezone.now()
        data = private_folder(settings.DATA_DIR)
        with transaction.atomic(durable=True):
            issued = _company(options, at)
        handover.leave(issued, data=data)
        for system in System.objects.filter(enabled=True).order_by("key"):
            self.stdout.write(_read(system))
        if options["scenes"]:
            for summary, state in scenes.play().items():
                self.stdout.write(f"{summary} {state}")
        if options["proposals"]:
            counted = waiting.propose(options["proposals"])
            self.stdout.write("Proposals: " + ", ".join(f"{count} {state}" for state, count in counted.most_common()))


def _company(options: dict[str, Any], at: datetime) -> dict[str, str]:
    """Everything but the catalogue; returns the agents' tokens."""
    company.set_up(company.systems(shop_url=options["shop"], erp_url=options["erp"]), at=at)
    known = people.move_in(at=at)
    people.put_on_call(known["omar"], known["olga"], at=at)
    ground = agents.Ground()
    if options["vendure"]:
        ground = vendure.stand_beside(ground, url=options["vendure"], people=known, at=at)
    if options["sandbox"]:
        ground = sandbox.stand_beside(ground, url=options["sandbox"], people=known, at=at)
    roles = (*agents.AGENTS, *examples.EXAMPLES) if options["examples"] else agents.AGENTS
    employed = agents.employ(people=known, ground=ground, at=at, roles=roles)
    triggers.set_up(by=known["ada"], with_=known["olga"], at=at)
    rules.publish_first(by=known["ada"], with_=known["olga"], at=at)
    return handover.tokens(employed, data=settings.DATA_DIR, by=known["ada"], at=at)


def _read(system: System) -> str:
    """The first sweep, so that the first page shows a catalogue; a shop that is down is left to the worker."""
    if not refresh.claim(system, at=timezone.now()):
        return f"{system.key}: being read by a worker"
    found = refresh.refresh(system)
    if found.failure:
        return f"{system.key}: could not be read ({found.failure})"
    return f"{system.key}: {found.resources} resources, {found.changed} values new or changed"
