"""One act of a drill, once: of two workers who play it the second finds it played."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from orchestr.drills.models import Drill, DrillState


class Played(Exception):
    """Somebody else has played this act, or ended the drill, since it was read."""


@contextmanager
def step(drill: Drill) -> Iterator[Drill]:
    """The act's one transaction: locks the drill, and counts the act as played with whatever it does.

    Raises Played where the drill has moved on since `drill` was read.
    """
    with transaction.atomic(durable=True):
        rows = Drill.objects.select_for_update(of=("self",)).select_related("workflow__agent", "system")
        locked = rows.get(pk=drill.pk)
        if locked.state != DrillState.RUNNING or locked.phase != drill.phase:
            raise Played
        yield locked
        locked.phase += 1
        locked.save(update_fields=["phase"])
