"""Simulations asked for in the browser: how far they are, and what they said."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class Simulation(Identified):
    """One policy version tried on the proposals of some days. `beat_at` is the worker's last sign of life."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    policy = models.ForeignKey("orchestr.PolicyVersion", on_delete=models.PROTECT, related_name="simulations")
    days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    asked_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    failure = models.CharField(max_length=80, default="", blank=True, help_text="The kind of error, where it failed.")

    class Meta:
        db_table = "orchestr_simulation"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("queued", "running", "done", "failed")), name="simulation_state_known"
            ),
            models.CheckConstraint(condition=~Q(state="done") | Q(result__isnull=False), name="simulation_done_says"),
            models.UniqueConstraint(
                fields=["policy", "days"], condition=Q(state__in=("queued", "running")), name="simulation_one_under_way"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state__in=("queued", "running")), name="simulation_due"),
            models.Index(fields=["policy", "-asked_at"]),
        ]
