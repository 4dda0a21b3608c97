"""Thresholds of the breakers on behaviour where they differ from their defaults, and what has tripped."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

RULES = ("error_share", "conflict_share", "revert_share", "oscillation", "many_agents")


class Threshold(models.Model):
    """One breaker's setting. Without a row its default holds: see `rules.py`."""

    rule = models.CharField(max_length=20, primary_key=True)
    window_s = models.PositiveIntegerField()
    least = models.PositiveIntegerField(help_text="So many must have been counted before a share means anything.")
    limit = models.PositiveIntegerField(help_text="A share in basis points, or a number.")

    class Meta:
        db_table = "orchestr_behaviour_threshold"
        constraints = [
            models.CheckConstraint(condition=Q(rule__in=RULES), name="behaviour_rule_known"),
            models.CheckConstraint(
                condition=Q(window_s__gte=60, least__gte=1, limit__gte=1), name="behaviour_threshold_positive"
            ),
        ]


class Trip(Identified):
    """A breaker froze `kind:key` by itself. `since` is where its count began: what came before is never counted again."""

    rule = models.CharField(max_length=20)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=120)
    since = models.DateTimeField()
    at = models.DateTimeField()
    window_s = models.PositiveIntegerField()
    value = models.PositiveIntegerField(help_text="A share in basis points, or a number.")
    limit = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    subject = models.CharField(max_length=300, default="", blank=True, help_text="The SKU or field it is about.")
    freeze = models.OneToOneField("orchestr.Freeze", on_delete=models.PROTECT, related_name="trip")
    incident = models.OneToOneField("orchestr.Incident", on_delete=models.PROTECT, related_name="trip")

    class Meta:
        db_table = "orchestr_trip"
        constraints = [models.CheckConstraint(condition=Q(rule__in=RULES), name="trip_rule_known")]
        indexes = [models.Index(fields=["-at"])]
