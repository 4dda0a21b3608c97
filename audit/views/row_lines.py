"""One row change as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.models import RowChange


@dataclass(frozen=True, slots=True)
class Line:
    """One row change: its columns before and after, and whether an event of its transaction explains it."""

    change: RowChange
    pairs: Sequence[tuple[str, str, str]]
    unexplained: bool


def line_of(change: RowChange, *, unexplained: bool = True) -> Line:
    """One row change as it is shown; what is told without values says so."""
    if change.operation != RowChange.Operation.UPDATE:
        return Line(change, [], unexplained)
    pairs = []
    for column, pair in sorted(change.changes.items()):
        before, after = pair if isinstance(pair, list) else (_("not told"), _("changed"))
        pairs.append((column, _shown(before), _shown(after)))
    return Line(change, pairs, unexplained)


def _shown(value: object) -> str:
    return "–" if value is None else str(value)[:200]
