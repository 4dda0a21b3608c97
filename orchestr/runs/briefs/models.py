"""Campaign briefs: what a person asks a workflow to do, for how long and within what, once another has approved it."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified
from orchestr.runs.briefs.queries import BriefQuerySet

STATES = ("asked", "approved", "declined", "ended")


class Brief(Identified):
    """It starts runs of its workflow and bounds them. `next_at` is when it starts the next one.

    `budget` is `{"amount", "currency", "exponent"}` in minor units: the margin that its proposals may give up in all.
    `most_changes` counts changes over all of them, `deepest_cut_bp` bounds each price; null: no such limit.
    """

    name = models.CharField(max_length=120)
    goal = models.TextField()
    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.PROTECT, related_name="briefs")
    segments = models.ManyToManyField("orchestr.Segment", related_name="+", db_table="orchestr_brief_segment")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cron = models.CharField(max_length=120, default="", blank=True)
    zone = models.CharField(max_length=64, default="UTC")
    budget = models.JSONField()
    most_changes = models.PositiveIntegerField(null=True)
    deepest_cut_bp = models.PositiveIntegerField(null=True)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default="asked")
    approver = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=10, default="", blank=True)

    objects = BriefQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_brief"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="brief_state_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("begins_at")), name="brief_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | ~Q(state="ended") & Q(ended_at=None),
                name="brief_ended_has_time",
            ),
            models.CheckConstraint(condition=~Q(decided_by=models.F("asked_by")), name="brief_two_persons"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="approved", next_at__isnull=False), name="brief_due"),
            models.Index(fields=["ends_at"], condition=Q(state="approved"), name="brief_over"),
            models.Index(fields=["-asked_at", "-id"], name="brief_newest"),
        ]

    def __str__(self) -> str:
        return self.name
