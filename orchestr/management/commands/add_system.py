"""`manage.py add_system KEY KIND URL --name NAME [--configuration FILE] [--try] --as ACCOUNT`: configure a system."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.connectors import credentials, registry
from orchestr.execution.systems.configure import add_system
from orchestr.execution.systems.trial import try_system
from orchestr.execution.systems.use import request_use
from orchestr.execution.systems.wanted import Wanted, standing
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.refusal import Refusal


class Command(BaseCommand):
    help = (
        "Configure a system, switched off. With --use a second person is asked to put it in use; secrets are never"
        " given here: see what it prints."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key")
        parser.add_argument("kind", help=f"one of {', '.join(registry.kinds())}")
        parser.add_argument("url")
        parser.add_argument("--name", default="", help="what people call it; the key without it")
        parser.add_argument("--configuration", type=Path, help="a JSON file with the connector's settings")
        parser.add_argument("--sandbox", action="store_true")
        parser.add_argument("--try", dest="trial", action="store_true", help="ask it for its first few things")
        parser.add_argument("--use", default="", metavar="WHY", help="ask a second person to put it in use")
        parser.add_argument("--as", dest="account", required=True, help="the admin's account that does it")

    def handle(self, *, key: str, account: str, **options: Any) -> None:
        by = Account.objects.filter(username=account, is_active=True).first()
        if by is None:
            raise CommandError(f"There is no account {account!r} that is in use.")
        wanted = Wanted(
            key=key,
            kind=options["kind"],
            name=options["name"] or key,
            url=options["url"],
            settings=_settings(options["configuration"]),
            sandbox=options["sandbox"],
        )
        try:
            self._add(wanted, by, options)
        except Refusal as refusal:
            record_refusal(
                actor=Actor.person(account_id=by.pk, person_id=str(by.person_id)),
                at=timezone.now(),
                code=refusal.code,
                door="command:add_system",
                about=refusal.about,
                params=refusal.params,
            )
            raise CommandError(f"{refusal.detail} {refusal.next}") from None

    def _add(self, wanted: Wanted, by: Account, options: dict[str, Any]) -> None:
        with transaction.atomic(durable=True):
            system = add_system(wanted=wanted, by=by, at=timezone.now())
        self.stdout.write(f"{system.key} is configured and switched off. Its credentials are read from:")
        for stage in registry.setup_of(system.kind).stages:
            self.stdout.write(f"  {credentials.variable(system.key, stage)} (or …_FILE, or a file in the folder)")
        if options["trial"]:
            tried = try_system(system=system, by=by, at=timezone.now())
            said = f"It answered: {tried.resources} things on its first page." if tried.well else tried.why
            self.stdout.write(said)
        if options["use"]:
            with transaction.atomic(durable=True):
                request_use(wanted=standing(system), reason=options["use"], by=by, at=timezone.now())
            self.stdout.write("A second person is asked to put it in use, at /controls/.")


def _settings(file: Path | None) -> dict[str, Json]:
    if file is None:
        return {}
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"The settings cannot be read: {error}") from None
    if not isinstance(read, dict):
        raise CommandError("The settings are one JSON object.")
    return read
