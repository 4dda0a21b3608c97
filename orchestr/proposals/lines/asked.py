"""What somebody wants to see of a large change set: which of its changes, in which order, from where on."""

from dataclasses import dataclass
from typing import Literal

type Order = Literal["gravest", "largest", "margin", "sales", "sku"]
type Way = Literal["", "up", "down"]

ORDERS: tuple[Order, ...] = ("gravest", "largest", "margin", "sales", "sku")
SIZES = (100, 500, 1_000, 2_000)  # basis points


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The last change of a page by its order's key; the next page begins behind it."""

    key: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which changes: all that are left empty do not matter.

    `rule` and `effect` name findings; `least_bp` is the smallest size; `moved` asks for those whose live value is
    no longer what the proposal starts from, as the catalogue last saw it.
    """

    rule: str = ""
    effect: str = ""
    text: str = ""
    segment: str = ""
    way: Way = ""
    least_bp: int = 0
    moved: bool = False

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()
