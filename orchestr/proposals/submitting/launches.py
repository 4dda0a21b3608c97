"""One launch at a time: two proposals that launch the same coupon do not both miss each other."""

from collections.abc import Iterable, Mapping

from orchestr.policy.values import Json
from orchestr.prepared import prepared
from orchestr.proposals.locks import in_transaction
from orchestr.proposals.submitting.touches import launch_hashes

_LOCK_SPACE = 0x6C6E63  # "lnc": keeps these keys apart from other advisory locks
_HALF = 2**31


def hold(plan: Iterable[Mapping[str, Json]]) -> None:
    """Lock the names under which this plan launches promotions until the end of the transaction, in one order.

    Taken behind the ledger's places; asks nothing where no promotion is changed.
    """
    names = {hash for change in plan for hash in launch_hashes(change)}
    if not names:
        return
    in_transaction()
    keys = sorted({name % (2 * _HALF) - _HALF for name in names})
    with prepared() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int, key) FROM unnest(%s::int[]) AS key", [_LOCK_SPACE, keys])
