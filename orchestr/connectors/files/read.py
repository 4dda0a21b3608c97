"""Live values: what the newest whole files say."""

from collections.abc import Sequence

from orchestr.connectors.base import Observed, Target
from orchestr.connectors.files.index import Held, Index


def read(targets: Sequence[Target], index: Index) -> tuple[Observed, ...]:
    """In the order asked; None where the files say nothing, or a ref is not the business key."""
    held = index.values((target.type, target.id) for target in targets if target.ref in ("", target.id))
    return tuple(_observed(target, held.get((target.type, target.id), [])) for target in targets)


def _observed(target: Target, values: Sequence[Held]) -> Observed:
    if target.ref in ("", target.id):
        for one in values:
            if (one.field, one.address) == (target.field, target.address):
                return Observed(target=target, value=one.value, as_of=one.as_of)
    return Observed(target=target, value=None)
