"""What the page of a revert or containment shows: each item with its choices, and what is left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.catalogue.classes import COST, readable
from orchestr.execution.models import Execution
from orchestr.execution.revert import OPEN, may_revert
from orchestr.execution.revert_plan import ChangedBy, Choice, RevertLine, RevertPlan
from orchestr.http import QueryDict
from orchestr.people.eligibility import holds_on
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.locks import has_intent
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from reviews.acts import Act
from reviews.templatetags.show import wire_value
from reviews.titles import intents_of
from reviews.words import field_label

MANY = 20
LOWEST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Option:
    value: Choice
    label: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the plan in words. `note` says what is particular about it, `breaks` which floor it would break."""

    n: int
    title: str
    sku: str
    field_label: str
    system: str
    address: Mapping[str, Json]
    restores_to: Json
    ours: Json
    now: Json
    readable: bool
    hidden: bool
    outcome: str
    options: Sequence[Option]
    changed_by: str
    changed_url: str
    changed_at: datetime | None
    note: str
    breaks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """See the header of templates/reviews/revert.html."""

    kind: str
    title: str
    intent: str
    proposal: Proposal
    proposal_url: str
    items: Sequence[Item]
    digest: str
    act: Act
    effects: Sequence[str]
    typed: int | None
    open_url: str
    contain_url: str
    orders_url: str

    def with_choices(self, chosen: Mapping[int, Choice]) -> "Page":
        """The same page with these choices checked, where they are offered."""
        return replace(self, items=[_chosen(item, chosen.get(item.n)) for item in self.items])


def page_of(proposal: Proposal, plan: RevertPlan, *, account: Account, kind: str, query: QueryDict) -> Page:
    """Everything the page shows. `query` is kept in the act's address, so that a selection stays one."""
    name = "reviews:contain" if kind == "contain" else "reviews:revert"
    items = query.getlist("item")
    part = f"?{urlencode({'item': items}, doseq=True)}" if items else ""
    address = reverse(name, args=[proposal.pk]) + part
    classes = (COST,) if holds_on(account, "cost_segment", proposal.segment_ids) else ()
    begun = Execution.objects.filter(proposal=proposal, state__in=OPEN).order_by("-id").first()
    return Page(
        kind=kind,
        title=_title(kind, items),
        intent=intents_of([proposal])[proposal.pk],
        proposal=proposal,
        proposal_url=reverse("reviews:proposal", args=[proposal.pk]),
        items=[_item(line, kind=kind, classes=classes) for line in plan.lines],
        digest=plan.digest,
        act=Act(address, _label(proposal, plan, kind), _why_not(proposal, plan, account, kind, begun)),
        effects=_effects(proposal, plan, kind),
        typed=len(plan.lines) if kind == "revert" and len(plan.lines) > MANY else None,
        open_url=reverse("reviews:execution", args=[begun.pk]) if begun else "",
        contain_url=_contain_url(proposal, account) if kind == "revert" else "",
        orders_url=reverse("reviews:revert_orders", args=[proposal.pk]) + part if plan.lines else "",
    )


def _contain_url(proposal: Proposal, account: Account) -> str:
    """The wider act, for who may do it."""
    if not may_revert(proposal, account) or _why_not_contain(proposal, account, None):
        return ""
    return reverse("reviews:contain", args=[proposal.pk])


def _title(kind: str, items: Sequence[str]) -> str:
    if kind == "contain":
        return _("Contain")
    return _("Put some items back") if items else _("Put it back")


def _item(line: RevertLine, *, kind: str, classes: Sequence[str]) -> Item:
    changed = line.changed
    hidden = not readable(line.type, line.field, classes)
    return Item(
        n=line.index,
        title=line.title or line.key,
        sku=line.sku or line.key,
        field_label=field_label(line.field),
        system=line.system_name,
        address=line.address,
        restores_to=line.restores_to,
        ours=line.ours,
        now=line.live,
        readable=line.verdict != "unreadable",
        hidden=hidden,
        outcome=line.verdict,
        options=_options(line, kind=kind, hidden=hidden),
        changed_by=_changed_by(changed) if changed else "",
        changed_url=_proposal_url(changed.proposal_id) if changed and changed.proposal_id else "",
        changed_at=changed.at if changed else None,
        note=_note(line, hidden=hidden),
        breaks=_breaks(line, kind=kind),
    )


def _options(line: RevertLine, *, kind: str, hidden: bool) -> list[Option]:
    """What would break a floor is kept unless it is contained: a revert of it is refused."""
    labels: dict[Choice, str] = {"restore": _restore_words(line, hidden=hidden), "keep": _("Keep what is there now")}
    default = "keep" if line.breaks and kind == "revert" else line.default
    return [Option(choice, labels[choice], choice == default) for choice in line.choices]


def _restore_words(line: RevertLine, *, hidden: bool) -> str:
    if line.verdict == "compensate":
        return _("Book the opposite")
    if hidden:
        return _("Restore what was there")
    return _("Restore %(value)s") % {"value": _short(wire_value(line.restores_to))}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"


def _note(line: RevertLine, *, hidden: bool) -> str:
    if line.verdict == "conflict" and hidden:
        return _("It was changed since we wrote it. Unless you choose otherwise, it is kept.")
    if line.verdict == "conflict":
        return _("It was changed since we wrote %(value)s. Unless you choose otherwise, it is kept.") % {
            "value": _short(wire_value(line.ours))
        }
    if line.verdict == "irreversible":
        return _("This cannot be undone; the proposal said so before it was approved.")
    if line.verdict == "unreadable":
        return _("%(system)s does not answer, so it can only be kept for now.") % {"system": line.system_name}
    if line.verdict == "compensate":
        return _("The system keeps both bookings on record.")
    return ""


def _breaks(line: RevertLine, *, kind: str) -> str:
    """That a floor stands in the way; which one would tell the cost, so that is left to policy's own pages."""
    if not line.breaks:
        return ""
    if kind == "contain":
        return _("What it goes back to breaks a floor that holds now: the second person looks at that.")
    return _("What it goes back to breaks a floor that holds now: only a containment may put it back.")


def _changed_by(changed: ChangedBy) -> str:
    if changed.proposal_id is not None:
        return _("another proposal")
    return _("somebody outside Orchestr")


def _proposal_url(proposal_id: UUID) -> str:
    return reverse("reviews:proposal", args=[proposal_id])


def _label(proposal: Proposal, plan: RevertPlan, kind: str) -> str:
    """What the button does, whatever is chosen on the page."""
    if kind == "revert":
        return _("Put back what is chosen") if len(plan.lines) > 1 else _("Put it back")
    if proposal.state == ProposalState.PUBLISHED:
        return _("Contain: put back what is chosen and freeze") if proposal.workflow else _("Contain: put it back")
    return _("Contain: block and freeze") if proposal.workflow else _("Contain: block it")


def _why_not(proposal: Proposal, plan: RevertPlan, account: Account, kind: str, begun: Execution | None) -> str:
    """Why the button does nothing for this person now. The operation asks again under the lock."""
    if not may_revert(proposal, account):
        return _("Putting it back needs the right to revert on every segment it touches.")
    if kind == "contain":
        return _why_not_contain(proposal, account, begun)
    if begun is not None:
        return _("An execution of this proposal is under way. Wait until it has settled.")
    if proposal.state != ProposalState.PUBLISHED:
        return _("Only what is published can be put back.")
    if not plan.lines:
        return _("Nothing is left to put back.")
    if all("restore" not in line.choices for line in plan.lines):
        return _("None of it can be put back now.")
    return ""


def _why_not_contain(proposal: Proposal, account: Account, begun: Execution | None) -> str:
    if str(Function.ONCALL) not in account.functions:
        return _("Containing needs to be on call.")
    if proposal.state not in (ProposalState.DRAFT, ProposalState.APPROVED, ProposalState.PUBLISHED):
        return _("There is nothing left to contain: it is over.")
    if proposal.state == ProposalState.PUBLISHED and begun is not None:
        return _("An execution of this proposal is under way. Freeze the workflow, and contain when it has settled.")
    return ""


def _effects(proposal: Proposal, plan: RevertPlan, kind: str) -> list[str]:
    effects = _contained(proposal) if kind == "contain" else []
    lowered = [line for line in plan.lines if _lowered(line)]
    if lowered:
        n = len(lowered)
        effects.append(
            ngettext(
                "For %(n)d price the lowest of the last %(days)d days stays what it was meanwhile: "
                "a discount may not be measured against more.",
                "For %(n)d prices the lowest of the last %(days)d days stays what it was meanwhile: "
                "a discount may not be measured against more.",
                n,
            )
            % {"n": n, "days": LOWEST_DAYS}
        )
    if any(line.type == "message" for line in plan.lines):
        effects.append(_("Messages that went out stay out."))
    return effects


def _contained(proposal: Proposal) -> list[str]:
    effects = []
    if proposal.workflow is not None:
        effects.append(
            _("The workflow %(name)s is frozen: it takes two people to thaw it.") % {"name": proposal.workflow.name}
        )
    if proposal.state in (ProposalState.DRAFT, ProposalState.APPROVED):
        if has_intent(proposal):
            effects.append(_("It is being written: what is sent already settles first."))
        else:
            effects.append(_("The proposal is blocked before anything of it is written."))
    effects.append(_("An incident is opened, and a second person reviews it within a day."))
    return effects


def _lowered(line: RevertLine) -> bool:
    """The 30-day low of Directive 98/6/EC, article 6a, counts every price that was offered."""
    if line.kind != "money" or not isinstance(line.restores_to, dict) or not isinstance(line.ours, dict):
        return False
    return "price" in line.field and bool(line.ours["amount"] < line.restores_to["amount"])


def _chosen(item: Item, choice: Choice | None) -> Item:
    if choice is None or choice not in {option.value for option in item.options}:
        return item
    return replace(item, options=[replace(option, checked=option.value == choice) for option in item.options])
