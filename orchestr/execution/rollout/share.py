"""Which things go first. Pure, and the same whoever asks: everybody can work it out again from the proposal."""

import hashlib
from collections.abc import Mapping, Sequence

from orchestr.policy.values import Json


def first_share(plan: Sequence[Mapping[str, Json]], *, digest: str, share_bp: int) -> frozenset[int]:
    """The indexes of the changes that go first; none where there is but one thing to change.

    Things (type and key) are ordered by the SHA-256 of the version's digest and their name, and the first `share_bp`
    of them are taken, rounded down, at least one and never all. All changes of one thing go together.
    """
    things = {(str(change["type"]), str(change["id"])) for change in plan}
    if len(things) < 2:
        return frozenset()
    count = min(max(1, len(things) * share_bp // 10_000), len(things) - 1)
    ordered = sorted(things, key=lambda thing: hashlib.sha256(f"{digest}:{thing[0]}:{thing[1]}".encode()).digest())
    chosen = set(ordered[:count])
    return frozenset(change["index"] for change in plan if (change["type"], change["id"]) in chosen)
