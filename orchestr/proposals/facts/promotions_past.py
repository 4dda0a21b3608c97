"""When which promotion took how much off what: read from the history of their definitions and switches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from orchestr.catalogue.creations import skus_of
from orchestr.policy.facts.price_history import Reduction
from orchestr.policy.promotions.reading import read_promotion
from orchestr.policy.values import Json
from orchestr.proposals.facts.price_rows import Told, address_at

FROM_THE_FIRST = 0  # seconds since 1970: what was imported ran before anybody looked
NOT_A_PRICE = ("min_order", "unsupported")  # what needs a basket, or does what nobody can say, lowers no price


class _Ran(NamedTuple):
    promotion: tuple[str, str]
    channel: str | None
    skus: frozenset[str]  # none: everything
    reduction: Reduction


@dataclass(frozen=True, slots=True)
class PastPromotions:
    ran: Sequence[_Ran]

    @classmethod
    def of(cls, rows: Iterable[Told]) -> Self:
        """From every step of their fields `definition` and `enabled`, oldest first."""
        series: dict[tuple[str, str, str], dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            series[row.key, row.system, row.address_key][row.field].append(row)
        return cls(
            [one for (key, system, address), fields in series.items() for one in _of(key, system, address, fields)]
        )

    def on(self, sku: str, *, channel: str | None, without: tuple[str, str] | None, at: int) -> list[Reduction]:
        """What ran or will run on one SKU. Of the promotion `without`, which changes, only what ran until `at`."""
        found = []
        for one in self.ran:
            if (one.skus and sku not in one.skus) or (channel and one.channel and one.channel != channel):
                continue
            ran = one.reduction
            if one.promotion == without:
                ran = ran._replace(until=at if ran.until is None else min(ran.until, at))
            if ran.until is None or ran.since < ran.until:
                found.append(ran)
        return found


def _of(key: str, system: str, address_key: str, fields: Mapping[str, Sequence[Told]]) -> list[_Ran]:
    channel = address_at(address_key).channel
    switched_on = [
        (since, until) for since, until, value in _stretches(fields.get("enabled", ())) if value not in (0, None)
    ]
    found = []
    for since, until, definition in _stretches(fields.get("definition", ())):
        if not isinstance(definition, Mapping) or any(part in definition for part in NOT_A_PRICE):
            continue
        promotion = read_promotion(definition)
        if not promotion.readable or promotion.off or not promotion.discount_bp:
            continue
        runs = _meet((since, until), (promotion.starts_at or FROM_THE_FIRST, promotion.ends_at))
        for on in switched_on if "enabled" in fields else [(FROM_THE_FIRST, None)]:
            both = _meet(runs, on)
            if both[1] is None or both[0] < both[1]:
                reduction = Reduction(both[0], both[1], promotion.discount_bp)
                found.append(_Ran((key, system), channel, frozenset(skus_of(definition)), reduction))
    return found


type _Stretch = tuple[int, int | None]


def _stretches(rows: Sequence[Told]) -> list[tuple[int, int | None, Json]]:
    found = []
    for index, row in enumerate(rows):
        since = FROM_THE_FIRST if index == 0 and row.cause == "imported" else row.since
        found.append((since, rows[index + 1].since if index + 1 < len(rows) else None, row.value))
    return found


def _meet(one: _Stretch, other: _Stretch) -> _Stretch:
    ends = [end for end in (one[1], other[1]) if end is not None]
    return max(one[0], other[0]), min(ends, default=None)
