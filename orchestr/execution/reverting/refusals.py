"""What a revert is refused for, each with what to do next."""

from collections.abc import Mapping

from orchestr.execution.reverting.lines import Choice, RevertLine
from orchestr.proposals.models import Proposal
from orchestr.refusal import Kind, Refusal

type About = dict[str, str]


def may_not_revert(about: About) -> Refusal:
    return Refusal(
        Kind.FORBIDDEN,
        "may_not_revert_here",
        "Putting back needs the right to revert on every segment this touches.",
        next="Ask somebody on call.",
        about=about,
    )


def executing(about: About) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "executing",
        "Somebody is putting this back already, or another execution of it is under way.",
        next="Wait until it has settled, then look at the plan again.",
        about=about,
    )


def not_published(proposal: Proposal, about: About) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "not_in_this_state",
        f"This proposal is {proposal.state}; only what is published can be put back.",
        next="Reload it and look at what has happened since.",
        about=about,
    )


def plan_moved(about: About) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "plan_moved",
        "A value has changed since this plan was read.",
        next="Look at the plan as it is now, then choose again.",
        about=about,
    )


def reason_missing(about: About) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "reason_missing",
        "A revert needs a reason that others can read.",
        next="Say why in a sentence.",
        about=about,
    )


def nothing_to_restore(about: About) -> Refusal:
    return Refusal(
        Kind.UNPROCESSABLE,
        "nothing_to_restore",
        "Every item was kept.",
        next="Choose at least one to restore.",
        about=about,
    )


def breaks_floor(broken: Mapping[int, tuple[str, ...]], about: About) -> Refusal:
    return Refusal(
        Kind.CONFLICT,
        "breaks_floor",
        "Putting this back would break a floor that holds now.",
        next="Keep those items, or let somebody on call contain it; a second person reviews that.",
        params={"items": sorted(broken), "codes": sorted({code for codes in broken.values() for code in codes})},
        about=about,
    )


def choice_impossible(line: RevertLine, choice: Choice, about: About) -> Refusal:
    detail = (
        f"Item {line.index} cannot be rebased: there is no later approved change that it could lie under."
        if choice == "rebase"
        else f"Item {line.index} cannot be put back."
    )
    return Refusal(
        Kind.UNPROCESSABLE,
        "choice_impossible",
        detail,
        next="Keep it, or change it by a new proposal.",
        params={"item": line.index, "verdict": line.verdict},
        about=about,
    )
