"""The company a user works in: its currency, and the storage locations that the settings let us see."""

import re
import time
from dataclasses import dataclass
from decimal import Decimal

from orchestr.connectors.base import Json, Money, SystemConfig, SystemRefused
from orchestr.connectors.tryton.client import Client

KEEP_S = 300.0  # a company changes with its set-up, not with its day
FINEST = 4  # decimals that Tryton keeps of a price


@dataclass(frozen=True, slots=True)
class Company:
    """`locations`: our key → Tryton's id. `precision`: decimals of money, where a value needs no more."""

    id: int
    currency: str
    precision: int
    locations: dict[str, int]

    @property
    def context(self) -> dict[str, Json]:
        return {"company": self.id}

    def money(self, amount: Decimal) -> Money:
        """Exact, and in one spelling: an amount finer than the precision is shown with all of Tryton's decimals."""
        exponent = self.precision if amount == round(amount, self.precision) else FINEST
        return Money(int(amount.scaleb(exponent)), self.currency, exponent, "excluded")

    def amount(self, money: Money) -> Decimal:
        return Decimal(money.amount).scaleb(-money.exponent)


class CompanyCache:
    """Reads the company when it is first needed and every five minutes."""

    def __init__(self, system: SystemConfig, client: Client) -> None:
        self._system = system
        self._client = client
        self._company: Company | None = None
        self._read_at = 0.0

    def get(self, *, deadline: float | None = None) -> Company:
        """Raises SystemUnavailable or SystemRefused."""
        if self._company is None or time.monotonic() - self._read_at > KEEP_S:
            self._company = _read(self._system, self._client, deadline)
            self._read_at = time.monotonic()
        return self._company


def _read(system: SystemConfig, client: Client, deadline: float | None) -> Company:
    id = client.query("model.res.user.get_preferences", True, deadline=deadline).get("company")
    if not id:
        raise SystemRefused("no_company", "The Tryton user works in no company: give it one.")
    names = ["currency.code", "currency.digits"]
    (company,) = client.query("model.company.company.read", [id], names, deadline=deadline)
    currency = company["currency."]
    precision = int(system.settings.get("precision", currency["digits"]))
    places = client.query(
        "model.stock.location.search_read",
        [["type", "=", "storage"], ["code", "!=", None]],
        0,
        None,
        [["id", "ASC"]],
        ["code", "name"],
        context={"company": id},
        deadline=deadline,
    )
    return Company(int(id), str(currency["code"]), min(precision, FINEST), _locations(system, places))


def _locations(system: SystemConfig, places: list[dict[str, Json]]) -> dict[str, int]:
    wanted: dict[str, str] = dict(system.settings.get("locations") or {})
    if not wanted:
        return {slug(place["name"]): int(place["id"]) for place in places}
    ids = {place["code"]: int(place["id"]) for place in places}
    return {key: ids[code] for key, code in wanted.items() if code in ids}


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
