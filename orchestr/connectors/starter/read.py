"""Live values, in the order asked."""

from collections.abc import Sequence

from orchestr.connectors.base import Address, Json, Money, Observed, SystemConfig, Target
from orchestr.connectors.starter.client import Client


def address_of(row: dict[str, Json], system: SystemConfig) -> Address:
    return Address(channel=str(system.settings.get("channel") or "web"), currency=row["currency"])


def money_of(row: dict[str, Json]) -> Json:
    return Money(row["amount"], row["currency"], 2, "included").wire()


def read(
    targets: Sequence[Target], *, client: Client, system: SystemConfig, timeout_s: float = 10.0
) -> tuple[Observed, ...]:
    """None for what does not exist. Raises SystemUnavailable or SystemRefused.

    One request for each variant: where the shop answers for many at once, ask for many at once.
    """
    skus = dict.fromkeys(target.id for target in targets if target.type == "variant")
    rows = {sku: client.variant(sku, timeout_s=timeout_s) for sku in skus}
    return tuple(_observed(target, rows.get(target.id), system) for target in targets)


def _observed(target: Target, row: dict[str, Json] | None, system: SystemConfig) -> Observed:
    # A ref that carries another business key by now is not the resource asked for.
    if row is None or target.type != "variant" or target.ref not in ("", row["id"]):
        return Observed(target=target, value=None)
    if (target.field, target.address) != ("price", address_of(row, system)):
        return Observed(target=target, value=None)
    return Observed(target=target, value=money_of(row), token=str(row["version"]))
