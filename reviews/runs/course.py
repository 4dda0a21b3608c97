"""The course of a run: every checkpoint from its event to what became of its proposals, and what it looked at."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from itertools import groupby
from operator import or_
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.models import AuditEvent
from orchestr.catalogue.classes import COST, readable
from orchestr.people.eligibility import segments_with
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal
from orchestr.runs.budgets import of_run
from orchestr.runs.models import PER_RUN, Evidence, Run
from orchestr.runs.queries import Moment, timeline
from reviews.proposal.trail import MOST, moments_of
from reviews.runs.endings import ending_words
from reviews.templatetags.marks import STATES
from reviews.words.findings import lasting
from reviews.words.proposal import field_label
from reviews.words.titles import intents_of

MOST_PROPOSALS = 50
MOST_EVIDENCE = 200
WELL = ("ok", "done", "success")

BUDGETS: Mapping[str, str | Promise] = {
    "steps": gettext_lazy("steps"),
    "tokens": gettext_lazy("tokens"),
    "cost": gettext_lazy("cost"),
    "time_s": gettext_lazy("time"),
    "tool_calls": gettext_lazy("tool calls"),
    "proposals": gettext_lazy("proposals"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One thing that happened. `note` is what the agent wrote; `ms`, `tokens`, `tool_calls` and `cost` are
    what it said it took, `model` and `prompt` what it said it used."""

    at: datetime
    kind: str
    who: str
    text: str
    detail: str = ""
    note: str = ""
    ms: int | None = None
    tokens: int = 0
    tool_calls: int = 0
    model: str = ""
    prompt: str = ""
    cost: str = ""
    tone: str = "neutral"
    shape: str = "dash"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """One proposal of the run."""

    id: UUID
    url: str
    state: str
    tier: str
    intent: str


@dataclass(frozen=True, slots=True)
class Spent:
    """One budget of the run: used of limit, in words."""

    name: str
    used: str
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One piece of evidence as it was taken in."""

    id: UUID
    kind: str
    title: str
    field_label: str
    address: Mapping[str, Json]
    value: Json
    hidden: bool
    source: str
    observed_at: datetime
    expires_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    checkpoints: Sequence[Checkpoint]
    proposals: Sequence[Made]
    budgets: Sequence[Spent]
    evidence: Sequence[Snapshot]
    more_evidence: bool


def course_of(run: Run, *, account: Account, at: datetime) -> Course:
    """Everything the account may see of it; proposals it does not see leave no trace here."""
    rows = Proposal.objects.visible_to(account).filter(run=run).order_by("submitted_at", "id")
    proposals = list(rows[:MOST_PROPOSALS])
    intents = intents_of(proposals)
    evidence = list(
        run.evidence.select_related("resource", "system").order_by("recorded_at", "id")[: MOST_EVIDENCE + 1]
    )
    sees_cost = set(run.touched) <= segments_with(account, "cost_segment")
    return Course(
        checkpoints=_merged(_own(run, timeline(run)), _of_proposals(proposals)),
        proposals=[
            Made(each.pk, reverse("reviews:proposal", args=[each.pk]), each.state, each.tier, intents[each.pk])
            for each in proposals
        ],
        budgets=_budgets(run, at),
        evidence=[_snapshot(each, sees_cost=sees_cost) for each in evidence[:MOST_EVIDENCE]],
        more_evidence=len(evidence) > MOST_EVIDENCE,
    )


def _merged(*parts: Iterable[Checkpoint]) -> list[Checkpoint]:
    return sorted((each for part in parts for each in part), key=lambda each: each.at)


def _own(run: Run, moments: Sequence[Moment]) -> list[Checkpoint]:
    """The run's own checkpoints; what was read in a row is told together, and so are steps of one kind."""
    told: list[Checkpoint] = []
    for (kind, _one), group in groupby(moments, key=_together):
        listed = list(group)
        if kind == "evidence":
            told.append(_read(run, listed))
        elif kind == "step":
            told.append(_steps(run, listed))
        else:
            told.append(_checkpoint(run, listed[0]))
    return told


def _together(moment: Moment) -> tuple[str, Json]:
    data = moment.data
    if moment.kind == "evidence":
        return moment.kind, data["kind"]
    if moment.kind == "step" and data["status"] in WELL and not data["note"]:
        return moment.kind, [data[name] for name in ("kind", "status", "model", "prompt", "prompt_version")]
    return moment.kind, str(moment.id)


def _checkpoint(run: Run, moment: Moment) -> Checkpoint:
    data = moment.data
    if moment.kind == "event":
        return Checkpoint(
            at=moment.at,
            kind="event",
            who=str(data["source"]),
            text=_("Event %(type)s arrived") % {"type": data["type"]},
            detail=str(data["id"]),
            shape="auto",
        )
    if moment.kind == "child":
        url = reverse("reviews:run", args=[moment.id])
        return Checkpoint(at=moment.at, kind="child", who=run.agent.name, text=_("A further run started"), url=url)
    look = STATES.get(str(data["state"]))
    return Checkpoint(
        at=moment.at,
        kind="end",
        who=run.agent.name if data["state"] == "finished" else "",
        text=_("The run ended: %(state)s") % {"state": look[0] if look else data["state"]},
        detail=ending_words(str(data["reason"])),
        tone=look[2] if look else "neutral",
        shape=look[1] if look else "dash",
    )


def _steps(run: Run, moments: Sequence[Moment]) -> Checkpoint:
    """One step, or those of one kind that went well in a row, with what they took together."""
    data, last = moments[0].data, moments[-1].data
    named = {"number": data["number"], "last": last["number"], "kind": str(data["kind"]).replace("_", " ")}
    well = data["status"] in WELL
    return Checkpoint(
        at=moments[0].at,
        kind="step",
        who=run.agent.name,
        text=(_("Step %(number)d: %(kind)s") if len(moments) == 1 else _("Steps %(number)d to %(last)d: %(kind)s"))
        % named,
        detail="" if well else str(data["status"]).replace("_", " "),
        note=str(data["note"]),
        ms=sum(each.data["ms"] for each in moments),
        tokens=sum(each.data["tokens"] for each in moments),
        tool_calls=sum(each.data["tool_calls"] for each in moments),
        model=data["model"],
        prompt=" ".join(filter(None, (data["prompt"], data["prompt_version"]))),
        cost=cost_words(sum(each.data["cost"] for each in moments)),
        tone="neutral" if well else "blocked",
        shape="running" if well else "triangle",
    )


def _read(run: Run, moments: Sequence[Moment]) -> Checkpoint:
    """What was read or brought in one go."""
    n = len(moments)
    fields = ", ".join(dict.fromkeys(field_label(str(each.data["field"])) for each in moments if each.data["field"]))
    observed = moments[0].data["kind"] == "observed"
    if observed:
        text = ngettext("Read %(n)d value from its system", "Read %(n)d values from their systems", n) % {"n": n}
    else:
        text = ngettext("Brought %(n)d claim of its own", "Brought %(n)d claims of its own", n) % {"n": n}
    return Checkpoint(
        at=moments[0].at,
        kind="evidence",
        who=run.agent.name,
        text=text,
        detail=fields,
        tone="published" if observed else "waiting",
        shape="eye" if observed else "question",
        url="#evidence-title",
    )


def _of_proposals(proposals: Sequence[Proposal]) -> list[Checkpoint]:
    """What the log says of these proposals; the account may see each of them whole."""
    if not proposals:
        return []
    about = reduce(or_, (Q(about__contains={"proposal": str(each.pk)}) for each in proposals))
    rows = AuditEvent.objects.filter(about).exclude(action="refused").defer("canonical", "sha256")
    events = list(rows.order_by("-id")[:MOST])[::-1]
    return [
        Checkpoint(
            at=each.at,
            kind="proposal",
            who=each.who,
            text=each.text,
            detail=each.detail,
            tone=each.tone,
            shape=each.shape,
            url=each.url,
        )
        for each in moments_of(events)
    ]


def _budgets(run: Run, at: datetime) -> list[Spent]:
    standing = {each.kind: each for each in of_run(run, at=at)}
    found = []
    for kind in PER_RUN:
        if (each := standing.get(kind)) is not None:
            show = SHOWN.get(kind, _number)
            found.append(Spent(str(BUDGETS[kind]), show(each.used) or "0", show(each.limit) if each.limit else ""))
    return found


def _number(value: int) -> str:
    return str(number_format(value, force_grouping=True))


def cost_words(millionths: int) -> str:
    """What a step cost in the run's currency; the agent said so, in millionths."""
    if not millionths:
        return ""
    return str(number_format(Decimal(millionths) / 1_000_000, decimal_pos=4))


SHOWN: Mapping[str, Callable[[int], str]] = {"cost": cost_words, "time_s": lasting}


def _snapshot(row: Evidence, *, sees_cost: bool) -> Snapshot:
    type = row.resource.type if row.resource else ""
    return Snapshot(
        id=row.pk,
        kind=row.kind,
        title=(row.resource.title or row.resource.key) if row.resource else row.source,
        field_label=field_label(row.field) if row.field else "",
        address=row.address,
        value=row.value,
        hidden=not readable(type, row.field, (COST,) if sees_cost else ()),
        source=row.system.name if row.system else row.source,
        observed_at=row.observed_at,
        expires_at=row.expires_at,
        sha256=row.sha256,
    )
