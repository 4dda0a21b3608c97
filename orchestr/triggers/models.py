"""What turns events into runs: triggers, the windows in which near-duplicates are one, and how often each may start."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

KINDS = ("event", "schedule", "change", "feed")
PAUSES = ("", "storm", "person", "unconfirmed")


class Trigger(Identified):
    """One pattern of events with what holds it back; it queues runs of one workflow.

    `definition` is as `definition.Definition.wire` says it. A paused trigger starts nothing: what arrives is still
    recorded. `cursor` is how far a trigger on the catalogue has read its history, `next_at` when a schedule is due.
    """

    key = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.PROTECT, related_name="trigger_rows")
    kind = models.CharField(max_length=10)
    version = models.PositiveIntegerField(default=1)
    definition = models.JSONField()
    digest = models.CharField(max_length=64)
    paused_at = models.DateTimeField(null=True)
    paused_reason = models.CharField(max_length=12, default="", db_default="", blank=True)
    next_at = models.DateTimeField(null=True)
    cursor = models.UUIDField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="Until when the catalogue was looked through for it.")
    drill = models.ForeignKey(
        "orchestr.Drill",
        on_delete=models.PROTECT,
        null=True,
        related_name="triggers",
        db_index=False,
        help_text="The rehearsal whose events alone it takes; nobody else's.",
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_trigger"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="trigger_kind_known"),
            models.CheckConstraint(condition=Q(paused_reason__in=PAUSES), name="trigger_pause_known"),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_reason="") | Q(paused_at__isnull=False) & ~Q(paused_reason=""),
                name="trigger_pause_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(paused_at=None, kind="schedule"), name="trigger_due"),
        ]

    def __str__(self) -> str:
        return self.key


class Window(Identified):
    """Near-duplicates that are one run: the dedupe row of a trigger and a key. `count` is how many it stands for."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="windows")
    key = models.CharField(max_length=64)
    run = models.ForeignKey("orchestr.Run", on_delete=models.PROTECT, null=True, related_name="windows")
    last_event = models.ForeignKey("orchestr.Event", on_delete=models.PROTECT, null=True, related_name="+")
    count = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    left_out = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta:
        db_table = "orchestr_trigger_window"
        constraints = [models.UniqueConstraint(fields=["trigger", "key"], name="trigger_window_once")]


class CapUse(Identified):
    """How many runs a trigger has started for one segment, channel and template family in one span of time."""

    trigger = models.ForeignKey(Trigger, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=300, help_text="segment|channel|template family")
    span = models.BigIntegerField(help_text="Spans since 1970, UTC.")
    used = models.PositiveIntegerField()

    class Meta:
        db_table = "orchestr_trigger_cap_use"
        constraints = [models.UniqueConstraint(fields=["trigger", "place", "span"], name="trigger_cap_use_once")]
