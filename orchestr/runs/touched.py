"""Which segments a run has touched, by reading or proposing: what one must see to see the run."""

from collections.abc import Iterable
from uuid import UUID

from orchestr.runs.models import Run


def note_touched(run: Run, segment_ids: Iterable[UUID]) -> None:
    """Remember them on the locked run; what was touched stays touched."""
    touched = sorted({*run.touched, *segment_ids})
    if touched != run.touched:
        run.touched = touched
        run.save(update_fields=["touched"])
