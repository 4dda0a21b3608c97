"""The named, versioned definition of what an agent does, for whom, and who answers for it."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class Stage(models.TextChoices):
    SHADOW = "shadow"
    CANARY = "canary"
    SUPERVISED = "supervised"
    TRUSTED = "trusted"


class Workflow(Identified):
    """Owner, escalation owner and rollback owner are required: nothing runs without them."""

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    agent = models.ForeignKey("orchestr.Agent", on_delete=models.PROTECT, related_name="workflows")
    owner = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    escalation_owner = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    rollback_owner = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    goal = models.TextField()
    success_criteria = models.TextField(default="", blank=True)
    runbook = models.TextField(default="", blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.SHADOW)
    segments = models.ManyToManyField(
        "orchestr.Segment", related_name="workflows", db_table="orchestr_workflow_segment"
    )
    channels = ArrayField(models.CharField(max_length=60), default=list)
    triggers = ArrayField(models.CharField(max_length=160), default=list, help_text="Event types that queue a run.")
    budgets = models.JSONField(default=dict, help_text='{"runs_per_day": 200, "changes_per_day": 500, "steps": 100}')
    rollout = models.JSONField(null=True, help_text="As rollout.Default.wire says it; null: its sets go out at once.")
    rollback_rota = models.BooleanField(default=False, db_default=False, help_text="On call rolls back as well.")
    reviewers = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="Functions: one yes of each."
    )
    sla_s = models.PositiveIntegerField(
        null=True, help_text="Business seconds for people to look; null: as set for all."
    )
    canary_bp = models.PositiveIntegerField(default=1_000, db_default=1_000)
    canary_seed = models.UUIDField(default=uuid4, db_default=RandomUUID(), editable=False)
    steps = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="As steps.Step.wire says them."
    )
    feed_fallback = models.CharField(max_length=10, default="", db_default="", blank=True)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_workflow"
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="workflow_stage_known"),
            models.CheckConstraint(condition=Q(canary_bp__gte=1, canary_bp__lte=10_000), name="workflow_canary_share"),
            models.CheckConstraint(
                condition=Q(feed_fallback__in=("", "hold", "narrow", "raise_tier")), name="workflow_feed_fallback_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class WorkflowVersion(Identified):
    """The definition as it was: canonical, so that a run can be read against what it ran under."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField()
    digest = models.CharField(max_length=64)
    saved_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_workflow_version"
        constraints = [models.UniqueConstraint(fields=["workflow", "number"], name="workflow_version_number")]
