"""One launch once: a coupon, promotion or campaign that is live, scheduled or asked for already is not launched again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestr.policy.facts.commerce import StandingPromotion
from orchestr.policy.facts.proposal import ItemFacts
from orchestr.policy.findings import Effect, Finding
from orchestr.policy.parameters import effect, functions
from orchestr.policy.promotions.reading import COUPON_KEYS, Promotion, folded_code, read_promotion
from orchestr.policy.rule import Case, Rule, Tally

NAME = "promotion_duplicate"
_NAMING = frozenset({*COUPON_KEYS, "campaign"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    duplicate_effect: Effect = effect(
        "refuse", help="What follows where the same coupon, promotion or campaign is launched twice on one channel."
    )
    other_channel_effect: Effect = effect(
        "single", help="What follows where it is live, scheduled or waiting on another channel alone."
    )
    functions: tuple[str, ...] = functions("merchandising", help="Who would have to confirm an exception.")


@dataclass(frozen=True, slots=True)
class _Launch:
    item: ItemFacts
    names: frozenset[str]
    campaign: str


def judge(case: Case, params: Params) -> Iterable[Finding]:
    """Names are compared across keys and coupon codes and without regard to case; in whichever system they stand.

    A campaign may come as several promotions in one proposal, but not in two.
    """
    launches = [launch for item, promotion in case.promotions if (launch := _launch(item, promotion)) is not None]
    if not launches:
        return []
    known = case.facts.commerce.promotions if case.facts.commerce is not None else ()
    if not known and len(launches) == 1:
        return []
    tally = Tally(NAME, "text")
    # In one order, whichever they were loaded in: of several for one item the first is told.
    rows = sorted(known, key=lambda row: (row.key, row.system, row.channel, row.status))
    named = _by_name(rows)
    for launch in launches:
        places = {place for name in launch.names for place in named.get(("name", name), ())}
        if launch.campaign:
            places.update(named.get(("campaign", launch.campaign), ()))
        for place in sorted(places):
            _against(launch, rows[place], tally, params)
    _among(launches, tally, params)
    return tally.findings()


def _launch(item: ItemFacts, promotion: Promotion) -> _Launch | None:
    """Something is launched where it was not there, was off, or takes another coupon or campaign than before."""
    if not promotion.runs:
        return None
    if _was_on(item, promotion):
        return None
    names = frozenset({folded_code(item.id), promotion.coupon} - {""})
    return _Launch(item, names, promotion.campaign)


def _was_on(item: ItemFacts, after: Promotion) -> bool:
    """Whether it ran under these very names before."""
    if item.before is None or (item.field == "enabled" and item.before == 0):
        return False
    if not isinstance(item.before, Mapping):
        return item.field not in _NAMING
    was = read_promotion(item.before)
    return was.runs and (was.coupon, was.campaign) == (after.coupon, after.campaign)


def _by_name(rows: Sequence[StandingPromotion]) -> Mapping[tuple[str, str], Sequence[int]]:
    """The places of the rows under each name that a launch can share with them: key or coupon code, and campaign."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        for name in {folded_code(row.key), row.coupon} - {""}:
            found.setdefault(("name", name), []).append(place)
        found.setdefault(("campaign", row.campaign), []).append(place)
    return found


def _against(launch: _Launch, row: StandingPromotion, tally: Tally, params: Params) -> None:
    item = launch.item
    if row.status != "waiting" and (row.system, row.key, row.channel) == (item.system, item.id, item.channel):
        return  # its own place: what stands there is what the change starts from
    same_channel = not row.channel or not item.channel or row.channel == item.channel
    told = {"where": row.system}
    if same_channel:
        code = (
            "duplicate_waiting"
            if row.status == "waiting"
            else "duplicate_scheduled"
            if row.status == "scheduled"
            else "duplicate_live"
        )
        tally.add(
            code, params.duplicate_effect, item.index, functions=params.functions, value=row.key[:80], params=told
        )
    else:
        told = {"where": row.channel}
        tally.add("launched_elsewhere", params.other_channel_effect, item.index, value=row.key[:80], params=told)


def _among(launches: list[_Launch], tally: Tally, params: Params) -> None:
    """Two promotions of one proposal under one coupon. One promotion on several channels or systems is one."""
    first: dict[tuple[str, str], str] = {}
    for launch in launches:
        for name in sorted(launch.names):
            place = (name, launch.item.channel)
            if first.setdefault(place, launch.item.id) != launch.item.id:
                tally.add(
                    "duplicate_here",
                    params.duplicate_effect,
                    launch.item.index,
                    functions=params.functions,
                    value=name[:80],
                )


RULE = Rule(name=NAME, title="Duplicate launches", params=Params, judge=judge)
