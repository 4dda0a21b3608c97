"""`manage.py revert …`: the plan of putting back a selection, and with its digest the revert itself."""

import re
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.execution.reverting.lines import Choice, RevertLine, RevertPlan
from orchestr.execution.reverting.plan import plan_selection
from orchestr.execution.reverting.request import put_back
from orchestr.execution.reverting.selection import Selection
from orchestr.people.models import Account
from orchestr.refusal import Refusal

SPAN = {"m": 60, "h": 3600, "d": 86400}


class Command(BaseCommand):
    help = "Print what a revert of a selection would do. With --digest of that plan, do it, with the rights of --as."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="username", required=True, help="Whose rights, and whose name in the trail.")
        parser.add_argument("--proposal", action="append", default=[], type=UUID)
        parser.add_argument("--agent", default="")
        parser.add_argument("--workflow", default="")
        parser.add_argument("--segment", default="")
        parser.add_argument("--sku", action="append", default=[])
        parser.add_argument("--since", help="2h, 3d, or an ISO 8601 time: what was written since then.")
        parser.add_argument("--as-of", help="The same: back to the values of that time.")
        parser.add_argument("--conflicts", choices=("keep", "restore", "rebase"), default="keep")
        parser.add_argument("--digest", default="", help="Of the plan that was printed; nothing is done without it.")
        parser.add_argument("--why", default="")

    def handle(self, *, username: str, **options: Any) -> None:
        account = Account.objects.filter(username=username, is_active=True).first()
        if account is None or account.person_id is None:
            raise CommandError(f"There is no person who signs in as {username}.")
        at = timezone.now()
        try:
            self._run(account, _selection(options, at), options, at)
        except Refusal as refusal:
            by = Actor.person(account_id=account.pk, person_id=account.person_id)
            record_refusal(
                actor=by, at=at, code=refusal.code, door="command:revert", about=refusal.about, params=refusal.params
            )
            raise CommandError(f"{refusal.detail} {refusal.next}") from None

    def _run(self, account: Account, selection: Selection, options: dict[str, Any], at: datetime) -> None:
        plan = plan_selection(selection=selection, account=account, at=at)
        choices = {line.index: _choice(line, options["conflicts"]) for line in plan.lines}
        if not options["digest"]:
            self._print(plan, choices)
            return
        with transaction.atomic(durable=True):
            revert = put_back(
                plan=plan, choices=choices, digest=options["digest"], by=account, why=options["why"], at=at
            )
        self.stdout.write(f"Asked for: {revert.count} values of {revert.executions.count()} proposals ({revert.pk}).")

    def _print(self, plan: RevertPlan, choices: dict[int, Choice]) -> None:
        for line in plan.lines:
            words = f"{line.sku or line.key} {line.field} in {line.system}: {line.verdict}, {choices[line.index]}"
            self.stdout.write(f"{words}  {_short(line.live)} → {_short(line.becomes(choices[line.index]))}")
        if plan.beyond:
            self.stdout.write(f"{plan.beyond} more changes lie where this person may not put back.")
        if plan.executing:
            self.stdout.write(f"{len(plan.executing)} proposals are still being written; they are stopped first.")
        # `since` is absolute from here on: the digest is of this very selection.
        begins = plan.selection.begins
        name = "--as-of" if plan.selection.as_of else "--since"
        again = f"{name} {begins.isoformat()} " if begins else ""
        self.stdout.write(
            f"{len(plan.lines)} values. Nothing was done. To do it: {again}--digest {plan.digest} --why …"
        )


def _selection(options: dict[str, Any], at: datetime) -> Selection:
    return Selection(
        proposals=tuple(options["proposal"]),
        agent=options["agent"],
        workflow=options["workflow"],
        segment=options["segment"],
        skus=tuple(options["sku"]),
        since=_moment(options["since"], at),
        as_of=_moment(options["as_of"], at),
    )


def _moment(text: str | None, at: datetime) -> datetime | None:
    if text is None:
        return None
    if span := re.fullmatch(r"(\d{1,4})([mhd])", text):
        return at - timedelta(seconds=int(span[1]) * SPAN[span[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is no time: write 2h, 3d or 2026-03-01T09:00+01:00.") from None
    if moment.tzinfo is None:
        raise CommandError(f"{text} names no zone: write 2026-03-01T09:00+01:00.")
    return moment


def _choice(line: RevertLine, conflicts: Choice) -> Choice:
    """Conflicts as asked where that is offered; what would break a floor is kept: that is for on call's containment."""
    choice = conflicts if line.verdict == "conflict" and conflicts in line.choices else line.default
    return "keep" if line.breaks_by(choice) else choice


def _short(value: Any) -> str:
    if isinstance(value, dict) and "amount" in value:
        return f"{value['amount']} {value['currency']}"
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 40 else text[:39] + "…"
