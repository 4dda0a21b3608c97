"""Business keys of variants. Vendure lets two variants share a SKU, so a SKU alone may not name one.

A SKU that several variants carry is followed by `~` and Vendure's id, for each of them: no variant ever
stands for another, and none is left out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from orchestr.connectors.base import Json
from orchestr.connectors.vendure import documents
from orchestr.connectors.vendure.client import Client

BATCH = 200


def keys_of(skus: Mapping[str, str], *, client: Client, timeout_s: float) -> dict[str, str]:
    """The business key of each variant, by Vendure's id, given its SKU."""
    wanted = sorted(set(skus.values()))
    count: Counter[str] = Counter()
    for start in range(0, len(wanted), BATCH):
        variables = {"filter": {"sku": {"in": wanted[start : start + BATCH]}}}
        answer = client.query(documents.SKUS, variables, timeout_s=timeout_s)
        count.update(row["sku"] for row in answer["productVariants"]["items"])
    return {id: sku if count[sku] <= 1 else f"{sku}~{id}" for id, sku in skus.items()}


def names(row: Mapping[str, Json]) -> tuple[str, str]:
    """Both keys by which a variant may be asked for."""
    return str(row["sku"]), f"{row['sku']}~{row['id']}"


def skus_in(keys: Iterable[str]) -> list[str]:
    """Every SKU that these keys may mean."""
    return sorted({part for key in keys for part in (key, key.rpartition("~")[0]) if part})
