"""What must be kept although its time is over, and of which proposals the texts are gone."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

KINDS = ("all", "proposal", "person")


class LegalHold(Identified):
    """While it stands nothing it covers is emptied or erased: everything, one proposal, or one person and their work."""

    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=40, default="", blank=True, help_text="The id of the proposal or person.")
    why = models.TextField()
    set_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_legal_hold"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="legal_hold_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="all", key="") | ~Q(kind="all") & ~Q(key=""), name="legal_hold_key_fits"
            ),
            models.UniqueConstraint(fields=["kind", "key"], condition=Q(lifted_at=None), name="legal_hold_once"),
        ]

    @property
    def target(self) -> str:
        return self.kind if self.kind == "all" else f"{self.kind}:{self.key}"


class Emptied(models.Model):
    """A proposal whose texts were emptied when their time was over, so that it is not looked at again."""

    proposal = models.OneToOneField("orchestr.Proposal", on_delete=models.PROTECT, primary_key=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_emptied"
