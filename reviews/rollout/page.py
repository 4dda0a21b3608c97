"""The panel of a rollout: its share, since when, what it waits for, the numbers, and the buttons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orchestr.execution.revert import may_revert
from orchestr.execution.rollout.by_person import standing
from orchestr.execution.rollout.guard import Measure, Numbers, measures
from orchestr.execution.rollout.models import Rollout
from orchestr.execution.rollout.states import WAITING, RolloutState
from orchestr.people.models import Account, Person
from orchestr.policy.values import Json
from orchestr.proposals.deciding.quorum import missing, would_help
from orchestr.proposals.models import Proposal
from orchestr.workflows.rollout import Default, Terms, most_careful
from reviews.acts import Act, address, decides
from reviews.position import Position
from reviews.rollout.words import ASKED_BY, MEASURES, REASONS, asked_words, percent, span
from reviews.words.proposal import function_label

SHARES = ((500, "5 %"), (1_000, "10 %"), (2_500, "25 %"), (5_000, "50 %"))
HOLDS = (3_600, 6 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One guard in words. `seen` and `expected` are wire money where it is revenue, else numbers."""

    name: str
    seen: Json
    expected: Json
    money: bool
    change_bp: int | None
    limit: str
    said: str
    tone: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`go_on`, `put_back`, `longer`: None where they are not drawn."""

    state: str
    title: str
    said: str
    share: str
    asked_by: str
    held_at: datetime | None
    holds_until: datetime | None
    looked_at: datetime | None
    next_look_at: datetime | None
    lines: Sequence[Line]
    voices: Sequence[str]
    go_on: Act | None
    put_back: Act | None
    longer: Act | None
    digest: str
    why: str


def panel_of(account: Account, proposal: Proposal, position: Position | None = None) -> Panel | None:
    """The latest rollout of a proposal as this account sees it (three queries); None where it goes out at once."""
    rows = Rollout.objects.filter(execution__proposal=proposal).order_by("-created_at", "-id")
    rollout = rows.first()
    if rollout is None:
        return None
    terms = Terms.parse(rollout.terms)
    waiting = rollout.state in WAITING
    voices = standing(rollout) if waiting else []
    names = dict(Person.objects.filter(pk__in=[each.person_id for each in voices]).values_list("pk", "name"))
    putting_back = may_revert(proposal, account)
    return Panel(
        state=rollout.state,
        title=_title(rollout),
        said=_said(rollout),
        share=_share(rollout, terms),
        asked_by=_(" and ").join(str(ASKED_BY[name]) for name in rollout.asked_by),
        held_at=rollout.held_at,
        holds_until=rollout.holds_until if rollout.state == RolloutState.HOLDING else None,
        looked_at=rollout.looked_at,
        next_look_at=rollout.next_look_at,
        lines=_lines(rollout, terms),
        voices=[names[each.person_id] for each in voices if each.person_id in names],
        go_on=_go_on(account, proposal, rollout, position) if waiting else None,
        put_back=Act(address("rollout_put_back", proposal.pk), _("Put back what went out"))
        if waiting and putting_back
        else None,
        longer=Act(
            address("rollout_longer", proposal.pk), _("Look at it for %(span)s more") % {"span": span(terms.hold_s)}
        )
        if waiting and (putting_back or (position is not None and position.may_decide and not position.own_work))
        else None,
        digest=proposal.digest,
        why=rollout.why,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an approving person may ask for. `asked`: what is asked for already, in a sentence, or ""."""

    asked: str
    offered: bool
    shares: Sequence[tuple[int, str]]
    holds: Sequence[tuple[int, str]]


def choice_of(proposal: Proposal, *, wish: Json, atomicity: str, things: int) -> Choice:
    """For the form that approves: shares are offered where a set has several things and need not be whole."""
    asked: list[tuple[str, Terms]] = []
    if atomicity == "per_item" and things > 1:
        if wish is not None:
            asked.append(("proposer", Terms.parse(wish)))
        raw = proposal.workflow.rollout if proposal.workflow is not None else None
        if raw is not None and (default := Default.parse(raw)).covers(proposal.tier):
            asked.append(("workflow", default.terms))
    terms = most_careful(each for _name, each in asked)
    return Choice(
        asked=asked_words(terms, [name for name, _terms in asked]) if terms else "",
        offered=atomicity == "per_item" and things > 1,
        shares=SHARES,
        holds=[(seconds, span(seconds)) for seconds in HOLDS],
    )


def _title(rollout: Rollout) -> str:
    titles = {
        RolloutState.FIRST: _("The first share goes out"),
        RolloutState.HOLDING: _("A first share is out; the rest waits"),
        RolloutState.ASKING: _("A first share is out; the rest waits for a person"),
        RolloutState.WENT_ON: _("It went out in two shares"),
        RolloutState.PUT_BACK: _("The first share was put back"),
        RolloutState.ENDED: _("It ended with its first share") if rollout.held_at else _("None of it went out"),
    }
    return titles[RolloutState(rollout.state)]


def _said(rollout: Rollout) -> str:
    if rollout.state == RolloutState.FIRST:
        return _("Once all of it has an outcome, it is looked at.")
    if rollout.state == RolloutState.HOLDING:
        return _(
            "It goes on by itself once its time is over and the guard holds. It is put back by itself if the guard breaks."
        )
    if rollout.reason == "person":
        went_on = rollout.state == RolloutState.WENT_ON
        return _("A person let the rest go out.") if went_on else _("A person had it put back.")
    return str(REASONS.get(rollout.reason, ""))


def _share(rollout: Rollout, terms: Terms) -> str:
    return ngettext(
        "%(first)d item of %(all)d (%(share)s of the things, drawn by the version's digest)",
        "%(first)d items of %(all)d (%(share)s of the things, drawn by the version's digest)",
        rollout.first_items,
    ) % {
        "first": rollout.first_items, "all": rollout.first_items + rollout.later_items, "share": percent(terms.share_bp),
    }  # fmt: skip


def _lines(rollout: Rollout, terms: Terms) -> list[Line]:
    if rollout.numbers is None:
        return []
    numbers = Numbers.parse(rollout.numbers)
    return [_line(each, numbers) for each in measures(numbers, terms)]


def _line(each: Measure, numbers: Numbers) -> Line:
    money = each.name == "revenue" and bool(numbers.currency)

    def shown(amount: int) -> Json:
        if not money:
            return amount
        return {"amount": amount, "currency": numbers.currency, "exponent": numbers.exponent, "tax": "excluded"}

    errors = each.name == "errors"
    against: Json = _("of %(n)d") % {"n": each.expected} if errors else shown(each.expected)
    if each.broken:
        said, tone, shape = _("broken"), "blocked", "triangle"
    elif each.enough:
        said, tone, shape = _("holds"), "published", "done"
    else:
        said, tone, shape = _("too few to tell"), "waiting", "question"
    limit = _("at most %(limit)s") if errors else _("a fall of at most %(limit)s")
    return Line(
        name=str(MEASURES[each.name]), seen=shown(each.seen), expected=against, money=money,
        change_bp=None if errors or not each.enough else each.change_bp, limit=limit % {"limit": percent(each.limit_bp)},
        said=said, tone=tone, shape=shape,
    )  # fmt: skip


def _go_on(account: Account, proposal: Proposal, rollout: Rollout, position: Position | None) -> Act | None:
    if position is None or not decides(account, position):
        return None
    voices = standing(rollout)
    lacking = missing(proposal, voices)
    helps = lacking.met or would_help(proposal, voices, person_id=account.person_id, functions=account.functions)
    if not position.may_decide:
        why_not = _("Deciding needs the right to decide on every segment this touches.")
    elif position.own_work:
        why_not = _("This is your own work: somebody else decides on it.")
    elif any(each.person_id == account.person_id for each in voices):
        why_not = _("You have said so; a second person is needed.")
    elif not helps:
        needed = ", ".join(function_label(name) for name in lacking.helps or proposal.functions)
        why_not = _("This needs %(functions)s.") % {"functions": needed}
    else:
        why_not = ""
    label = ngettext("Let the other %(n)d item go out now", "Let the other %(n)d items go out now", rollout.later_items)
    return Act(address("rollout_go_on", proposal.pk), label % {"n": rollout.later_items}, why_not)
