"""Sums of what the exposure ledger holds, so that a judgement does not add up a week of rows: see totals.py."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class ExposureTotal(Identified):
    """A part of one sum; the rows of one purse and hour belong together, and a negative one takes something back.

    `scope` and `key` as in ExposureUse; of Exposure they are `place` and the segment's id. `hour` is the one in which
    it went live, UTC; without one it is reserved.
    """

    scope = models.CharField(max_length=10)
    key = models.CharField(max_length=160)
    channel = models.CharField(max_length=60, db_default="", blank=True)
    currency = models.CharField(max_length=3, db_default="", blank=True)
    exponent = models.PositiveSmallIntegerField(db_default=0)
    hour = models.DateTimeField(null=True)
    items = models.BigIntegerField()
    revenue = models.BigIntegerField(db_default=0)
    margin = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "orchestr_exposure_total"
        constraints = [
            models.CheckConstraint(
                condition=Q(scope__in=("agent", "segment", "sku", "family", "place")),
                name="exposure_total_scope_known",
            )
        ]
        indexes = [
            models.Index(fields=["scope", "key", "hour"], name="exposure_total_of"),
            models.Index(fields=["hour"], name="exposure_total_hour"),
        ]
