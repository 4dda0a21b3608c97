"""Signs of life of the workers: each tick of a queue leaves the time it ran in one row."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

STALE_AFTER_S = 30


class Pulse(models.Model):
    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_pulse"


def beat(*, name: str, at: datetime) -> None:
    """Leave a sign of life. Last writer wins; no lock is held."""
    Pulse.objects.update_or_create(name=name, defaults={"at": at})


def last_beats() -> dict[str, datetime]:
    return dict(Pulse.objects.values_list("name", "at"))


class LogState(StrEnum):
    """What the sealer says of the audit log: sealed up to now, behind, or not the one that was sealed."""

    SEALED = "sealed"
    BEHIND = "behind"
    ALARM = "alarm"


def state_of_the_log(*, at: datetime) -> LogState:
    """What the sealer last said; one that has not been heard of for `STALE_AFTER_S` seconds is behind."""
    beats, oldest = last_beats(), at - timedelta(seconds=STALE_AFTER_S)

    def fresh(name: str) -> bool:
        return name in beats and beats[name] >= oldest

    if fresh("sealer-alarm"):
        return LogState.ALARM
    return LogState.SEALED if fresh("sealed") else LogState.BEHIND
