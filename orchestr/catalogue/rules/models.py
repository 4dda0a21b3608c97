"""Segments by rules: what a rule is, and what it holds now."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

PREFIX = "rule:"  # no placed segment is called so: a key says which of the two it names


class SegmentRule(Identified):
    """A selection within the tree by what systems say of things. People's rights never hang on it."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    within = models.ForeignKey("orchestr.Segment", on_delete=models.PROTECT, related_name="+")
    conditions = models.JSONField(help_text="As conditions.py reads them.")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    evaluated_at = models.DateTimeField(null=True)
    held = models.PositiveIntegerField(default=0, db_default=0)
    not_known = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Left out because a value is missing, too old or disagreed about."
    )

    class Meta:
        db_table = "orchestr_segment_rule"
        constraints = [
            models.CheckConstraint(condition=Q(key__startswith=PREFIX), name="segment_rule_key_reserved"),
        ]

    def __str__(self) -> str:
        return self.key


class RuleMember(Identified):
    """A resource that a rule holds, as its last evaluation found."""

    rule = models.ForeignKey(SegmentRule, on_delete=models.CASCADE, related_name="members")
    resource = models.ForeignKey("orchestr.Resource", on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "orchestr_rule_member"
        constraints = [models.UniqueConstraint(fields=["rule", "resource"], name="rule_member_once")]
