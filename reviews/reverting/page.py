"""What the page of a revert or containment shows: each line with its choices, and what is left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.models import Execution
from orchestr.execution.revert import OPEN, may_revert
from orchestr.execution.reverting.lines import Choice, RevertPlan
from orchestr.execution.reverting.lows import undercut
from orchestr.http import QueryDict
from orchestr.people.eligibility import holds_on, segments_with
from orchestr.people.functions import Function
from orchestr.people.models import Account
from orchestr.proposals.locks import has_intent
from orchestr.proposals.models import Proposal
from orchestr.proposals.states import ProposalState
from reviews.acts import Act
from reviews.reverting.items import Item, chosen, items_of
from reviews.reverting.rest import Rest, rest_of
from reviews.words.titles import intents_of

MANY = 20
LOWEST_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """See the header of templates/reviews/revert.html. `proposal` is None for a plan over a selection."""

    kind: str
    title: str
    intent: str
    proposal: Proposal | None
    back_url: str
    back_label: str
    items: Sequence[Item]
    count: int
    rest: Sequence[Rest]
    digest: str
    act: Act
    effects: Sequence[str]
    typed: int | None
    open_url: str
    contain_url: str
    orders_url: str
    orders_csv_url: str

    def with_choices(self, given: Mapping[int, Choice]) -> "Page":
        """The same page with these choices checked, where they are offered."""
        return replace(self, items=[chosen(item, given.get(item.n)) for item in self.items])

    def with_rest(self, plan: RevertPlan, given: QueryDict) -> "Page":
        """The same page with the choices for what it does not show as a form had them."""
        return replace(self, rest=rest_of(plan, shown={item.n for item in self.items}, kind=self.kind, given=given))


def page_of(proposal: Proposal, plan: RevertPlan, *, account: Account, kind: str, query: QueryDict) -> Page:
    """Everything the page shows. `query` is kept in the act's address, so that a selection stays one."""
    name = "reviews:contain" if kind == "contain" else "reviews:revert"
    items = query.getlist("item")
    part = f"?{urlencode({'item': items}, doseq=True)}" if items else ""
    address = reverse(name, args=[proposal.pk]) + part
    sees_cost = holds_on(account, "cost_segment", proposal.segment_ids)
    begun = Execution.objects.filter(proposal=proposal, state__in=OPEN).order_by("-id").first()
    lines = items_of(plan, account=account, kind=kind, sees_cost=sees_cost)
    own = urlencode([("proposal", str(proposal.pk)), *(("item", item) for item in items)])
    return Page(
        kind=kind,
        title=_title(kind, items),
        intent=intents_of([proposal])[proposal.pk],
        proposal=proposal,
        back_url=reverse("reviews:proposal", args=[proposal.pk]),
        back_label=_("Back to the proposal"),
        items=lines,
        count=len(plan.lines),
        rest=rest_of(plan, shown={line.n for line in lines}, kind=kind),
        digest=plan.digest,
        act=Act(address, _label(proposal, plan, kind), _why_not(proposal, plan, account, kind, begun)),
        effects=[*(_contained(proposal) if kind == "contain" else []), *_effects(plan)],
        typed=len(plan.lines) if kind == "revert" and len(plan.lines) > MANY else None,
        open_url=reverse("reviews:execution", args=[begun.pk]) if begun else "",
        contain_url=_contain_url(proposal, account) if kind == "revert" else "",
        orders_url=reverse("reviews:revert_orders", args=[proposal.pk]) + part if plan.lines else "",
        orders_csv_url=f"{reverse('reviews:revert_orders_csv')}?{own}" if plan.lines else "",
    )


def page_of_many(plan: RevertPlan, *, account: Account, address: str, query: str, words: str) -> Page:
    """The page of a plan over a selection; `address` acts, `query` is the selection as its addresses carry it."""
    sees_cost = bool(segments_with(account, "cost_segment")) and _sees_cost_of_all(plan, account)
    lines = items_of(plan, account=account, kind="revert", sees_cost=sees_cost)
    n = len(plan.lines)
    label = ngettext("Put %(n)d value back as chosen", "Put %(n)d values back as chosen", n) % {"n": n}
    return Page(
        kind="revert",
        title=_("Put a selection back"),
        intent=words,
        proposal=None,
        back_url=reverse("reviews:oncall"),
        back_label=_("Back to on call"),
        items=lines,
        count=n,
        rest=rest_of(plan, shown={line.n for line in lines}, kind="revert"),
        digest=plan.digest,
        act=Act(address, label, _why_not_many(plan)),
        effects=_effects(plan),
        typed=n if n > MANY else None,
        open_url="",
        contain_url="",
        orders_url=f"{reverse('reviews:revert_many_orders')}?{query}" if n else "",
        orders_csv_url=f"{reverse('reviews:revert_orders_csv')}?{query}" if n else "",
    )


def _sees_cost_of_all(plan: RevertPlan, account: Account) -> bool:
    sets = Proposal.objects.filter(pk__in=plan.proposal_ids).values_list("segment_set__segment_ids", flat=True)
    return {id for ids in sets for id in ids} <= segments_with(account, "cost_segment")


def _why_not_many(plan: RevertPlan) -> str:
    if not plan.lines:
        return _("Nothing of this selection is left to put back.")
    if all(line.choices == ("keep",) for line in plan.lines):
        return _("None of it can be put back now.")
    return ""


def _contain_url(proposal: Proposal, account: Account) -> str:
    """The wider act, for who may do it."""
    if not may_revert(proposal, account) or _why_not_contain(proposal, account, None):
        return ""
    return reverse("reviews:contain", args=[proposal.pk])


def _title(kind: str, items: Sequence[str]) -> str:
    if kind == "contain":
        return _("Contain")
    return _("Put some items back") if items else _("Put it back")


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
    if begun is not None and begun.kind == "revert":
        return _("An execution of this proposal is under way. Wait until it has settled.")
    if proposal.state != ProposalState.PUBLISHED and proposal.pk not in plan.executing:
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


def _effects(plan: RevertPlan) -> list[str]:
    """What a revert brings with it, or cannot take back, before anybody presses."""
    effects = []
    if n := len(plan.executing):
        effects.append(
            ngettext(
                "%(n)d proposal is still being written: what is not begun of it is never begun.",
                "%(n)d proposals are still being written: what is not begun of them is never begun.",
                n,
            )
            % {"n": n}
        )
    if n := sum(undercut(line) for line in plan.lines):
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
    if n := sum(line.type == "message" for line in plan.lines):
        effects.append(
            ngettext("%(n)d message that went out stays out.", "%(n)d messages that went out stay out.", n) % {"n": n}
        )
    if n := sum(line.expires_at is not None for line in plan.lines):
        effects.append(
            ngettext(
                "%(n)d of it ends by itself: keeping it lets it expire.",
                "%(n)d of them end by themselves: keeping them lets them expire.",
                n,
            )
            % {"n": n}
        )
    if plan.beyond:
        effects.append(
            ngettext(
                "%(n)d more change lies where you may not put back; it stays.",
                "%(n)d more changes lie where you may not put back; they stay.",
                plan.beyond,
            )
            % {"n": plan.beyond}
        )
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
