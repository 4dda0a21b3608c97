"""Measurements: which are due, and what was found. What was found is never written again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

VERDICTS = ("better", "as_predicted", "worse", "too_little", "too_early", "unpredicted", "reverted")


class MeasurementDue(Identified):
    """One look that is to come; gone once it was taken. `horizon_h` counts hours after the last item was applied."""

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="measurements_due")
    horizon_h = models.PositiveIntegerField()
    began_at = models.DateTimeField(help_text="When the first write was intended: the past ends there.")
    applied_at = models.DateTimeField(help_text="When the last item had been applied: what is measured begins there.")
    next_at = models.DateTimeField()
    looks = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "orchestr_measurement_due"
        constraints = [models.UniqueConstraint(fields=["proposal", "horizon_h"], name="measurement_due_once")]
        indexes = [models.Index(fields=["next_at", "id"], name="measurement_due_next")]


class Measurement(Identified):
    """What sold, and what lay there, in a span after the change and in one as long before it.

    `numbers` is as `numbers.Numbers.wire` says it, `margins` what of it only those who may read cost may see, and
    `lines` one entry for each prediction of this horizon: `judge.Line.wire`. `known_until` says how far the sales of
    every system were known; `missing` names the systems that told nothing in all the time they were waited for.
    """

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="measurements")
    version = models.ForeignKey("orchestr.Version", on_delete=models.PROTECT, related_name="+")
    horizon_h = models.PositiveIntegerField()
    before_since = models.DateTimeField()
    before_until = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    taken_at = models.DateTimeField()
    verdict = models.CharField(max_length=12)
    reason = models.CharField(max_length=30, default="", blank=True)
    known_until = models.DateTimeField(null=True)
    missing = ArrayField(models.CharField(max_length=60), default=list)
    numbers = models.JSONField()
    margins = models.JSONField(default=list)
    lines = models.JSONField(default=list)

    class Meta:
        db_table = "orchestr_measurement"
        constraints = [
            models.UniqueConstraint(fields=["proposal", "horizon_h"], name="measurement_once"),
            models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="measurement_verdict_known"),
        ]
