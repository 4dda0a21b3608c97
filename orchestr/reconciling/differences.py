"""A look at every row beside its events: what differs is written down, and what nobody has accounted for is told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from orchestr import pulse
from orchestr.discrepancies.covered import acknowledged_differences
from orchestr.discrepancies.find import find_differences
from orchestr.reconciling.compare import Difference, reconcile
from orchestr.reconciling.noun import Noun
from orchestr.reconciling.nouns import NOUNS

PULSE = "rows-compared"


@dataclass(slots=True)
class Compared:
    """How many rows of each noun were compared, and which differ: `open`, and those that are acknowledged."""

    checked: dict[str, int] = field(default_factory=dict)
    open: list[Difference] = field(default_factory=list)
    acknowledged: list[Difference] = field(default_factory=list)


def compare_all(*, at: datetime, nouns: Iterable[Noun] = NOUNS) -> Compared:
    """Compare every row with its events and keep what differs. Two transactions: the first reads one moment only."""
    compared, found = Compared(), []
    for noun in nouns:
        compared.checked[noun.name] = 0
        for answer in reconcile([noun]):
            compared.checked[noun.name] += 1
            if answer is not None:
                found.append(answer)
    with transaction.atomic():
        find_differences([each.differs for each in found], at=at)
        covered = acknowledged_differences([each.differs for each in found])
        pulse.beat(name=PULSE, at=at)
    for each in found:
        (compared.acknowledged if each.differs.fingerprint in covered else compared.open).append(each)
    return compared
