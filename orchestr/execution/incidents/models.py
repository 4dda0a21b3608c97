"""What an incident keeps from being deleted."""

from django.db import models

from orchestr.ids import Identified


class EvidenceHold(Identified):
    """While this row stands PostgreSQL refuses to delete the piece of evidence, whoever asks."""

    incident = models.ForeignKey("orchestr.Incident", on_delete=models.PROTECT, related_name="holds")
    evidence = models.ForeignKey("orchestr.Evidence", on_delete=models.PROTECT, related_name="holds")
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_evidence_hold"
        constraints = [models.UniqueConstraint(fields=["incident", "evidence"], name="evidence_held_once")]
