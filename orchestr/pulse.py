"""Signs of life of the workers: each tick of a queue leaves the time it ran in one row."""

from datetime import datetime

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
