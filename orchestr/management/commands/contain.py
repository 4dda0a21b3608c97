"""`manage.py contain TARGET --why TEXT --as ACCOUNT`: contain a bad run from a terminal of the machine."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from audit.record import Actor, record_refusal
from orchestr.execution.incidents.containment import Contained, contain, default_freezes
from orchestr.execution.revert_plan import RevertPlan, plan_revert
from orchestr.freezes.targets import Target
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from orchestr.refusal import Refusal

STOPPABLE = [str(each) for each in (ProposalState.DRAFT, ProposalState.APPROVED, ProposalState.PUBLISHED)]
MOST = 50


class Command(BaseCommand):
    help = (
        "Put back, freeze, cancel what is queued, keep the evidence and call people, in one act. TARGET is"
        " proposal:ID, run:ID, workflow:KEY or agent:KEY; of the last two what was published in the last --hours."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target")
        parser.add_argument("--why", required=True)
        parser.add_argument("--hours", type=float, default=2.0)
        parser.add_argument(
            "--freeze",
            action="append",
            help="What to freeze instead of the workflow, as in agent:x; may be given several times.",
        )
        parser.add_argument("--keep-siblings", action="store_true", help="Leave what else it has queued.")
        parser.add_argument(
            "--as",
            dest="account",
            default="",
            help="The account on call that does it; may be left out where there is one alone.",
        )

    def handle(self, *, target: str, why: str, **options: Any) -> None:
        person = _acting(options["account"])
        at = timezone.now()
        try:
            done = _contain(target, why, person, at, options)
        except Refusal as refusal:
            record_refusal(
                actor=Actor.person(account_id=person.pk, person_id=str(person.person_id)),
                at=at,
                code=refusal.code,
                door="command:contain",
                about=refusal.about,
                params=refusal.params,
            )
            raise CommandError(f"{refusal.detail} {refusal.next}") from None
        self.stdout.write(_told(done))


def _contain(target: str, why: str, person: Account, at: datetime, options: dict[str, Any]) -> Contained:
    """Systems are read first, outside any transaction; then the one act."""
    found = _proposals(target, at - timedelta(hours=options["hours"]))
    plans = [plan_revert(proposal_id=each.pk, account=person, at=at) for each in found]
    # What has something to put back leads: the incident is about it.
    plans.sort(key=lambda plan: -len(plan.lines))
    with transaction.atomic(durable=True):
        return contain(
            plan=plans[0],
            choices={},
            digest=plans[0].digest,
            by=person,
            why=why,
            at=at,
            freezes=_freezes(target, options["freeze"], plans[0]),
            siblings=not options["keep_siblings"],
            also=plans[1:],
        )


def _freezes(target: str, asked: list[str] | None, plan: RevertPlan) -> list[Target]:
    if asked:
        return [Target.parse(text) for text in asked]
    if target.startswith("agent:"):
        return [Target.parse(target)]
    proposal = Proposal.objects.select_related("workflow").get(pk=plan.proposal_id)
    return default_freezes(proposal)


def _proposals(target: str, since: datetime) -> list[Proposal]:
    kind, _, key = target.partition(":")
    rows = Proposal.objects.filter(state__in=STOPPABLE).order_by("-id")
    if kind in ("proposal", "run"):
        rows = rows.filter(**{"pk" if kind == "proposal" else "run": _id(key)})
    elif kind in ("workflow", "agent"):
        rows = rows.filter(**{f"{kind}__key": key}, state=ProposalState.PUBLISHED, settled_at__gte=since)
    else:
        raise CommandError("Name proposal:ID, run:ID, workflow:KEY or agent:KEY.")
    found = list(rows[: MOST + 1])
    if not found:
        raise CommandError("Nothing of this can be contained. To stop it alone, use: manage.py freeze")
    if len(found) > MOST:
        raise CommandError(f"More than {MOST} proposals: choose fewer --hours, or freeze it first and go on in parts.")
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError("This is no id.") from None


def _acting(name: str) -> Account:
    """A person stands behind every containment: a second one has to review it."""
    people = Account.objects.filter(is_active=True)
    found = list(people.filter(username=name) if name else people.filter(groups__name=Function.ONCALL)[:2])
    if len(found) != 1:
        raise CommandError("Say who acts with --as ACCOUNT: an active account of somebody on call.")
    return found[0]


def _told(done: Contained) -> str:
    lines = [f"Contained: incident {done.incident.pk}."]
    lines += [f"Frozen: {each.target}." for each in done.freezes]
    lines.append(f"Being put back: {len(done.executions)} proposals.")
    lines.append(f"Cancelled: {len(done.siblings.proposals)} proposals, {len(done.siblings.runs)} runs.")
    lines.append(f"Evidence kept: {done.evidence} pieces.")
    lines.append(f"A second person reviews it until {done.incident.review_due_at:%Y-%m-%d %H:%M} UTC.")
    return "\n".join(lines)
