"""Where shifts come from when people keep them in a calendar elsewhere."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from orchestr.ids import Identified


class RotaFeed(Identified):
    """A calendar whose entries become shifts: fetched from its address, or uploaded where it has none.

    The address of a private calendar is a secret: pages show its host alone, events and logs nothing of it.
    """

    name = models.CharField(max_length=80, unique=True)
    site = models.ForeignKey("orchestr.Site", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    zone = models.CharField(max_length=64, help_text="Of entries that name none.")
    url = models.CharField(max_length=500, default="", blank=True)
    next_at = models.DateTimeField(null=True, help_text="When it is fetched again; never, where it was uploaded.")
    read_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=60, default="", blank=True, help_text="Why the last reading changed nothing.")
    unmatched = ArrayField(
        models.CharField(max_length=120), default=list, help_text="Entries that name nobody who may be on call."
    )

    class Meta:
        db_table = "orchestr_rota_feed"
        indexes = [models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="rota_feed_due")]
