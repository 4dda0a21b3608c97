"""A rollout of one execution, and what persons have said of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.execution.rollout.states import RolloutState
from orchestr.ids import Identified


class Rollout(Identified):
    """The items that belong to the rest are marked `later`; nothing of them is begun before `went_on`.

    `numbers` are those of the last look, as `guard.Numbers.wire` says them. `settled_by` is the authority on which
    it went on or was put back: `{"kind": "guard_metric"}` or `{"kind": "person", "id": …}`.
    """

    execution = models.OneToOneField("orchestr.Execution", on_delete=models.PROTECT, related_name="rollout")
    state = models.CharField(max_length=10, choices=RolloutState)
    terms = models.JSONField(help_text="As `Terms.wire` says them: the most careful of all that were asked for.")
    asked_by = ArrayField(models.CharField(max_length=10), help_text="proposer, workflow, reviewer")
    first_items = models.PositiveIntegerField()
    later_items = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, help_text="When the first write was intended: the past ends there.")
    held_at = models.DateTimeField(null=True, help_text="When the first share had settled: what is looked at begins.")
    holds_until = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    looks = models.PositiveIntegerField(default=0)
    numbers = models.JSONField(null=True)
    reason = models.CharField(max_length=60, default="", blank=True)
    why = models.TextField(default="", blank=True)
    settled_by = models.JSONField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_rollout"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RolloutState.values), name="rollout_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=("holding", "asking")) | Q(held_at__isnull=False, holds_until__isnull=False),
                name="rollout_holds_until",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("went_on", "put_back")) | Q(settled_by__isnull=False),
                name="rollout_settled_by",
            ),
        ]
        indexes = [
            models.Index(fields=["next_look_at", "id"], condition=Q(state="holding"), name="rollout_due"),
            models.Index(fields=["id"], condition=Q(state="asking"), name="rollout_asking"),
        ]


class RolloutVoice(Identified):
    """A person who said that the rest may go out now. Where the tier asks for two, one alone does nothing."""

    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="voices")
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("orchestr.Account", on_delete=models.PROTECT, related_name="+")
    functions = ArrayField(models.CharField(max_length=20), default=list)
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_rollout_voice"
        constraints = [models.UniqueConstraint(fields=["rollout", "person"], name="rollout_voice_once")]
