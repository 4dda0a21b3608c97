"""Which of what is found two people have accounted for. An acknowledgement covers exactly what its digest names."""

from collections.abc import Collection, Iterable
from uuid import UUID

from audit.models import RowChange
from orchestr.discrepancies.find import Differs, digest_of_changes, digest_of_rows
from orchestr.discrepancies.models import Acknowledgement, DifferingRow, Discrepancy

_CHUNK = 2_000


def acknowledged_changes(found: Collection[UUID]) -> set[UUID]:
    """Those of these row changes that are acknowledged. One statement for each acknowledgement of changes, and one."""
    covered: set[UUID] = set()
    if not found:
        return covered
    for given in _given(Discrepancy.Kind.CHANGES):
        said = given.discrepancy.said
        first, last = UUID(said["first"]), UUID(said["last"])
        changes = set(
            RowChange.objects.filter(txid=said["txid"], id__gte=first, id__lte=last).values_list("pk", flat=True)
        ) & set(found)
        named = digest_of_changes(txid=said["txid"], first=first, last=last, count=len(changes))
        if named == given.digest:
            covered |= changes
    return covered


def acknowledged_differences(found: Iterable[Differs]) -> set[str]:
    """The fingerprints of those of these rows that are acknowledged as they differ now."""
    marks = sorted({each.fingerprint for each in found})
    if not marks:
        return set()
    covered: set[str] = set()
    for given in _given(Discrepancy.Kind.DIFFERENCE):
        rows = set(DifferingRow.objects.filter(discrepancy=given.discrepancy).values_list("pk", flat=True))
        if digest_of_rows(rows) == given.digest:
            covered |= rows
    return covered.intersection(marks)


def _given(kind: Discrepancy.Kind) -> Iterable[Acknowledgement]:
    return Acknowledgement.objects.filter(discrepancy__kind=kind).select_related("discrepancy").order_by("id")
