"""Asking for a campaign, and deciding on it: one person asks, the one they name approves. It is bound to what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from audit.record import Actor, record
from orchestr.catalogue.models import Segment
from orchestr.live import EVERYONE, announce
from orchestr.people.eligibility import covered_by_person, segments_with
from orchestr.people.models import Account, Person
from orchestr.people.notify import notify
from orchestr.policy.values import Json, digest
from orchestr.refusal import Kind, Refusal, absent
from orchestr.runs.briefs.models import Brief
from orchestr.runs.briefs.states import BRIEF_CHART, BriefState
from orchestr.runs.locks import in_transaction
from orchestr.triggers.cron import Cron, CronRefused, zone_of
from orchestr.workflows.extent import covered_by
from orchestr.workflows.models import Workflow

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for. `budget` in minor units; segments by key; `cron` "" starts one run, at the beginning."""

    name: str
    goal: str
    workflow: str
    segments: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime
    budget: int
    currency: str
    exponent: int = 2
    cron: str = ""
    zone: str = "UTC"
    most_changes: int | None = None
    deepest_cut_bp: int | None = None
    approver: UUID

    def wire(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "goal": self.goal,
            "workflow": self.workflow,
            "segments": sorted(self.segments),
            "begins_at": self.begins_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "budget": {"amount": self.budget, "currency": self.currency, "exponent": self.exponent},
            "cron": self.cron,
            "zone": self.zone,
            "most_changes": self.most_changes,
            "deepest_cut_bp": self.deepest_cut_bp,
            "approver": str(self.approver),
        }


def ask(*, wish: Wish, by: Account, at: datetime) -> Brief:
    """A brief that waits for the person it names, who is told. It starts nothing yet.

    Refuses (422 `brief_unusable`) dates, a schedule or figures that cannot be; a workflow that is unknown or does not
    reach there; whoever may not decide on every segment of it; and an approver who may not, or is the one who asks.
    """
    in_transaction()
    _refuse_unusable(wish, at)
    flow = Workflow.objects.filter(key=wish.workflow, enabled=True).first()
    segments = list(Segment.objects.filter(key__in=wish.segments).order_by("key"))
    if flow is None or not segments or {each.key for each in segments} != {*wish.segments}:
        raise _unusable("It names a workflow that runs, and segments that there are.")
    ids = {each.pk for each in segments}
    if not ids <= covered_by(flow.pk):
        raise _unusable("The workflow does not reach all of these segments.")
    _refuse_persons(wish, segments, ids, by)
    brief = Brief.objects.create(
        name=wish.name,
        goal=wish.goal,
        workflow=flow,
        begins_at=wish.begins_at,
        ends_at=wish.ends_at,
        cron=wish.cron,
        zone=wish.zone,
        budget=wish.wire()["budget"],
        most_changes=wish.most_changes,
        deepest_cut_bp=wish.deepest_cut_bp,
        digest=digest(wish.wire()),
        approver_id=wish.approver,
        asked_by_id=by.person_id,
        asked_at=at,
    )
    brief.segments.set(segments)
    _record("brief.asked", brief, by, at)
    notify(
        person_id=wish.approver,
        kind="brief.asked",
        about={"brief": str(brief.pk)},
        urgent=False,
        dedupe_key=f"brief.asked:{brief.pk}",
        at=at,
    )
    return brief


def approve(*, brief_id: UUID, digest: str, by: Account, at: datetime) -> Brief:
    """It may begin: its first run is due at its beginning, or at once where that has passed. Locks the brief.

    Refuses anybody but the approver it names, with the right to decide there still; another digest, and one that is
    over or decided.
    """
    brief = _decidable(brief_id, digest, by)
    if brief.ends_at <= at:
        raise Refusal(
            Kind.CONFLICT,
            "brief_over",
            "Its last day has passed.",
            next="Ask for another one.",
            about={"brief": str(brief.pk)},
        )
    BRIEF_CHART.require("approve", brief.state, BriefState.APPROVED, about={"brief": str(brief.pk)})
    brief.state = BriefState.APPROVED
    brief.next_at = max(brief.begins_at, at)
    return _decided(brief, "brief.approved", by, at)


def decline(*, brief_id: UUID, digest: str, by: Account, at: datetime) -> Brief:
    """It never begins. Locks the brief; refuses like `approve`."""
    brief = _decidable(brief_id, digest, by)
    BRIEF_CHART.require("decline", brief.state, BriefState.DECLINED, about={"brief": str(brief.pk)})
    brief.state = BriefState.DECLINED
    return _decided(brief, "brief.declined", by, at)


def lock(brief_id: UUID) -> Brief:
    """The brief, locked for this transaction. Raises Refusal (absent)."""
    in_transaction()
    rows = Brief.objects.select_for_update(of=("self",), no_key=True).select_related("workflow__agent")
    brief = rows.filter(pk=brief_id).first()
    if brief is None:
        raise absent("brief")
    return brief


def _decidable(brief_id: UUID, digest: str, by: Account) -> Brief:
    brief = lock(brief_id)
    about = {"brief": str(brief.pk)}
    if not Brief.objects.visible_to(by).filter(pk=brief.pk).exists():
        raise absent("brief")
    if by.person_id != brief.approver_id or by.person_id == brief.asked_by_id:
        raise Refusal(
            Kind.FORBIDDEN,
            "not_its_approver",
            "The person whom the brief names decides on it, and nobody else.",
            next="Leave it to them.",
            about=about,
        )
    if not set(brief.segments.values_list("pk", flat=True)) <= segments_with(by, "decide_segment"):
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_decide_here",
            "Deciding needs the right to decide on every segment of the campaign.",
            next="Ask an admin for it, or have somebody else named.",
            about=about,
        )
    if brief.state != BriefState.ASKED:
        raise Refusal(
            Kind.CONFLICT,
            "brief_decided",
            "It has been decided already.",
            next="Look at what was decided.",
            params={"state": brief.state},
            about=about,
        )
    if digest != brief.digest:
        raise Refusal(
            Kind.CONFLICT, "stale_digest", "This is not what you were looking at.", next="Read it again.", about=about
        )
    return brief


def _decided(brief: Brief, action: str, by: Account, at: datetime) -> Brief:
    brief.decided_by_id, brief.decided_at = by.person_id, at
    brief.save(update_fields=["state", "next_at", "decided_by", "decided_at"])
    _record(action, brief, by, at)
    notify(
        person_id=brief.asked_by_id,
        kind=action,
        about={"brief": str(brief.pk)},
        urgent=False,
        dedupe_key=f"{action}:{brief.pk}",
        at=at,
    )
    return brief


def _refuse_unusable(wish: Wish, at: datetime) -> None:
    if not wish.name.strip() or not wish.goal.strip():
        raise _unusable("It says what it is called and what it is for.")
    if not at < wish.ends_at or not wish.begins_at < wish.ends_at or wish.ends_at - wish.begins_at > LONGEST:
        raise _unusable("It ends after it begins, in the time to come, and lasts a year at most.")
    if wish.budget < 0 or len(wish.currency) != 3 or (wish.deepest_cut_bp or 0) > 10_000:
        raise _unusable("Its budget is an amount in a currency, its deepest cut a share of at most 100 %.")
    try:
        zone_of(wish.zone)
        if wish.cron:
            Cron.parse(wish.cron)
    except CronRefused as wrong:
        raise _unusable(str(wrong)) from None


def _refuse_persons(wish: Wish, segments: Sequence[Segment], ids: set[UUID], by: Account) -> None:
    if not ids <= segments_with(by, "decide_segment"):
        raise Refusal(
            Kind.FORBIDDEN,
            "may_not_decide_here",
            "Asking needs the right to decide on every segment of the campaign.",
            next="Leave out the segments of others.",
        )
    keys = {each.key for each in segments}
    approver = Person.objects.filter(pk=wish.approver).first()
    able = approver is not None and any(keys <= reach for reach in covered_by_person(approver.pk, "decide_segment"))
    if not able or wish.approver == by.person_id:
        raise _unusable("Its approver is another person, who may decide on every segment of it.")


def _unusable(detail: str) -> Refusal:
    return Refusal(Kind.UNPROCESSABLE, "brief_unusable", detail, next="Correct the brief and send it again.")


def _record(action: str, brief: Brief, by: Account, at: datetime) -> None:
    record(
        action=action,
        actor=Actor.person(account_id=by.pk, person_id=by.person_id),
        at=at,
        about={"brief": str(brief.pk), "workflow": str(brief.workflow_id)},
        data={"digest": brief.digest, "until": brief.ends_at},
        segments=list(brief.segments.values_list("pk", flat=True)),
    )
    announce("brief", [brief.pk], groups=[EVERYONE])
