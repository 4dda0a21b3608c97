"""A drill: which failure was rehearsed on which thing of a sandbox, and how it was scored."""

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified
from orchestr.people.eligibility import segments_with

if TYPE_CHECKING:
    from orchestr.people.models import Account

SCENARIOS = ("wrong_prices", "storm", "shop_down", "stale_feed", "hostile_copy", "owner_absent")


class DrillState(models.TextChoices):
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


class DrillQuerySet(models.QuerySet["Drill"]):
    def visible_to(self, account: "Account") -> "DrillQuerySet":
        """Drills on things whose every segment the account may see."""
        return self.filter(touched__contained_by=list(segments_with(account, "view_segment")))


class Drill(Identified):
    """`score` holds an answer for each expectation (`expect.Answer.wire`); `phase` is how many acts were played.

    It goes by `until` whatever is answered. One at a time on a workflow, and on a sandbox.
    """

    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.PROTECT, related_name="drills")
    workflow_version = models.PositiveIntegerField()
    scenario = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=DrillState, default=DrillState.RUNNING)
    system = models.ForeignKey("orchestr.System", on_delete=models.PROTECT, related_name="+")
    target = models.JSONField(help_text='{"type","key","title","field","address","kind"} of the thing it plays on.')
    touched = ArrayField(models.UUIDField(), help_text="Segments of the target: one must see all to see it.")
    started_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    until = models.DateTimeField(help_text="When it ends by itself.")
    phase = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=60, default="", blank=True)
    score = models.JSONField(default=list)

    objects = DrillQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_drill"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DrillState.values), name="drill_state_known"),
            models.CheckConstraint(condition=Q(scenario__in=SCENARIOS), name="drill_scenario_known"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None) | ~Q(state="running") & Q(ended_at__isnull=False),
                name="drill_ended",
            ),
            models.UniqueConstraint(fields=["workflow"], condition=Q(state="running"), name="drill_one_a_workflow"),
            models.UniqueConstraint(fields=["system"], condition=Q(state="running"), name="drill_one_a_sandbox"),
        ]
        indexes = [models.Index(fields=["workflow", "-started_at"], name="drill_newest")]

    def __str__(self) -> str:
        return f"{self.scenario} {self.pk}"
