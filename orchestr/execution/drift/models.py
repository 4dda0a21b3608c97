"""What was found to be another than ours after we had settled it, and how far each system has been looked through."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

KINDS = ("foreign", "late")


class Drift(Identified):
    """One item whose system says another value than the one we settled. `late` is a write of ours that landed
    after we had given it up or put it back; `foreign` somebody else's. Nothing is ever written because of it."""

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="drifts")
    item = models.ForeignKey("orchestr.ExecutionItem", on_delete=models.PROTECT, related_name="drifts")
    kind = models.CharField(max_length=8)
    expected = models.JSONField(null=True)
    live = models.JSONField(null=True)
    seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, help_text="When, if the system says so.")
    changed_by = models.CharField(max_length=160, default="", blank=True, help_text="By whom, if the system says so.")
    gone_at = models.DateTimeField(null=True, help_text="When the value was ours again.")
    acknowledged_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_drift"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="drift_kind_known"),
            models.UniqueConstraint(fields=["item"], condition=Q(gone_at=None), name="drift_open_once"),
        ]
        indexes = [
            models.Index(fields=["proposal", "-seen_at"]),
            models.Index(fields=["seen_at"], condition=Q(gone_at=None, acknowledged_at=None), name="drift_unseen"),
        ]


class DriftScan(Identified):
    """How far one system has been looked through, so long after settling (`round_s` seconds)."""

    system = models.ForeignKey("orchestr.System", on_delete=models.CASCADE, related_name="+")
    round_s = models.PositiveIntegerField()
    upto = models.DateTimeField()
    upto_item = models.UUIDField(null=True)

    class Meta:
        db_table = "orchestr_drift_scan"
        constraints = [models.UniqueConstraint(fields=["system", "round_s"], name="drift_scan_once")]
