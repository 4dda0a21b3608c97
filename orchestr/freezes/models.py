"""What is stopped. A freeze has no row to lock: see `guard.py` for how intents and freezes order."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

TARGET_KINDS = ("all", "connector", "segment", "workflow", "agent")


class Freeze(Identified):
    """A stop on everything, a connector (by system key), a segment, a workflow or an agent."""

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=120, default="", blank=True)
    why = models.TextField()
    set_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    incident_id = models.UUIDField(null=True)
    thawed_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(
        null=True, help_text="When all that waits had been judged again by it; null while that is still to be done."
    )

    class Meta:
        db_table = "orchestr_freeze"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TARGET_KINDS), name="freeze_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="all", key="") | ~Q(kind="all") & ~Q(key=""), name="freeze_key_fits"
            ),
            models.UniqueConstraint(fields=["kind", "key"], condition=Q(thawed_at=None), name="freeze_live_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(judged_at=None), name="freeze_to_judge"),
            models.Index(fields=["kind", "key", "-thawed_at"], name="freeze_thawed"),
        ]

    @property
    def target(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind}:{self.key}"


class PlannedFreeze(Identified):
    """A stop with a begin and an end, set ahead. In force by the clock alone: nothing has to switch it on."""

    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=120, default="", blank=True)
    name = models.CharField(max_length=120)
    why = models.TextField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    set_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_planned_freeze"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TARGET_KINDS), name="planned_freeze_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="all", key="") | ~Q(kind="all") & ~Q(key=""), name="planned_freeze_key_fits"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("begins_at")), name="planned_freeze_ends"),
        ]
        indexes = [
            models.Index(fields=["kind", "key", "ends_at"], condition=Q(cancelled_at=None), name="planned_freeze_ahead")
        ]

    @property
    def target(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind}:{self.key}"
