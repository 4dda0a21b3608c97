"""The buttons of the proposal's page: each says what it does, a disabled one says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from orchestr.execution.revert import may_revert
from orchestr.people.models import Account
from orchestr.proposals.deciding.quorum import Standing, missing
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.states import ProposalState, Turn
from reviews.acts import Act, address, approving, blocking, claiming, decides, snoozing
from reviews.position import Position
from reviews.proposal.kept_back import why_not
from reviews.proposal.narrowing import NarrowAct
from reviews.words.proposal import function_label, published_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """None: not drawn at all."""

    approve: Act | None
    block: Act | None
    request_changes: Act | None
    take_back: Act | None
    claim: Act | None
    snooze: Act | None
    narrow: NarrowAct | None
    revert: Act | None
    comment: Act | None
    escalate: Act | None = None
    recheck: Act | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the execution of the current version is."""

    claimed: bool
    begun: bool


def acts_of(
    account: Account,
    proposal: Proposal,
    version: Version,
    position: Position,
    *,
    systems: Sequence[str],
    progress: Progress,
) -> Acts:
    drawn = decides(account, position)
    label = approve_label(account, proposal, version, position, systems)
    block = _("Block version %(n)d for good") % {"n": proposal.number}
    return Acts(
        approve=approving(proposal, position, label, kept_back=why_not(proposal, version)) if drawn else None,
        block=blocking(proposal, position, block, begun=progress.begun) if drawn else None,
        request_changes=_request_changes(proposal, position) if drawn else None,
        take_back=_take_back(proposal, position, progress),
        claim=claiming(proposal, position) if drawn else None,
        snooze=snoozing(proposal, position) if drawn else None,
        narrow=_narrow(proposal, version, position) if drawn else None,
        revert=_revert(account, proposal),
        comment=Act(address("comment", proposal.pk), _("Add the comment")),
    )


def approve_label(
    account: Account, proposal: Proposal, version: Version, position: Position, systems: Sequence[str]
) -> str:
    """What pressing the button will do: publish, or leave it to the next person."""
    words = {"n": proposal.number, "systems": _and(systems), "what": published_as(version.plan)}
    if position.refusal or _would_meet(account, proposal, position):
        return _("Approve version %(n)d and publish to %(systems)s (%(what)s)") % words
    still = [name for name in position.lacking if name not in account.functions] or list(position.lacking)[1:]
    if still:
        return _("Approve version %(n)d; %(next)s decides next") % (words | {"next": function_label(still[0])})
    return _("Approve version %(n)d; a second person decides next") % words


def _would_meet(account: Account, proposal: Proposal, position: Position) -> bool:
    voices = [Standing(row.pk, row.person_id, row.account_id, frozenset(row.functions)) for row in position.approvals]
    mine = Standing(proposal.pk, account.person_id, account.pk, account.functions)
    return missing(proposal, [*voices, mine]).met


def _and(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(all)s and %(last)s") % {"all": ", ".join(names[:-1]), "last": names[-1]}


def _request_changes(proposal: Proposal, position: Position) -> Act | None:
    if proposal.state != ProposalState.DRAFT or proposal.turn == Turn.PROPOSER:
        return None
    why_not = ""
    if not position.may_decide or position.own_work:
        why_not = position.refusal
    return Act(
        address("request_changes", proposal.pk), _("Request changes to version %(n)d") % {"n": proposal.number}, why_not
    )


def _take_back(proposal: Proposal, position: Position, progress: Progress) -> Act | None:
    if position.mine is None or proposal.state not in (ProposalState.DRAFT, ProposalState.APPROVED):
        return None
    words = {"approve": _("Take my approval back"), "request_changes": _("Take my request back")}
    label = words.get(position.mine.verdict)
    if label is None:
        return None
    why_not = (
        _("A worker has already taken this up; it can be put back once it is published.") if progress.claimed else ""
    )
    until = proposal.ready_at if proposal.state == ProposalState.APPROVED else None
    return Act(address("take_back", proposal.pk), label, why_not, until)


def _narrow(proposal: Proposal, version: Version, position: Position) -> NarrowAct | None:
    if proposal.state != ProposalState.DRAFT or not position.may_decide or position.own_work:
        return None
    if version.atomicity == "per_item":
        note = _("An amount may move only towards its value before; you may still approve what is left.")
    else:
        note = _("These items go together: changing them makes you an editor, and somebody else must approve.")
    return NarrowAct(
        url=address("narrow", proposal.pk),
        label=_("Make this version %(n)d") % {"n": proposal.number + 1},
        why_not="",
        note=note,
    )


def _revert(account: Account, proposal: Proposal) -> Act | None:
    if proposal.state != ProposalState.PUBLISHED or not may_revert(proposal, account):
        return None
    return Act(f"/reviews/{proposal.pk}/revert/", _("Put it back…"))
