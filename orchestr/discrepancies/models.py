"""What was found between rows and their events, and who has accounted for it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orchestr.ids import Identified


class Discrepancy(Identified):
    """One thing to be accounted for, whole: the changes of one transaction without an event, or rows that one look
    found to differ from their events in the same columns.

    `digest` names exactly what was found: one row more is another discrepancy. `said` tells of `changes` the number of
    the transaction, its first and last change, tables, role and program; of a `difference` the noun, the columns, how.
    """

    class Kind(models.TextChoices):
        CHANGES = "changes", _("Changed without an event")
        DIFFERENCE = "difference", _("Not what its events tell")

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(help_text="Changes or rows.")
    said = models.JSONField()
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="By the last look at everything that found it still there.")

    class Meta:
        db_table = "orchestr_discrepancy"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=("changes", "difference")), name="discrepancy_kind_known")
        ]


class DifferingRow(models.Model):
    """One row of a difference. The fingerprint is of the row and of each column that differs, as told and as it is."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, related_name="rows")
    row = models.UUIDField()
    pairs = models.JSONField(help_text="For each column what its events tell and what the row says.")

    class Meta:
        db_table = "orchestr_differing_row"


class Acknowledgement(Identified):
    """Two people have accounted for a discrepancy: it stays in the list, and does not alarm again."""

    discrepancy = models.OneToOneField(Discrepancy, on_delete=models.PROTECT, related_name="acknowledgement")
    digest = models.CharField(max_length=64)
    why = models.TextField()
    made_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    asked_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_acknowledgement"
        constraints = [
            models.CheckConstraint(condition=~Q(asked_by=F("confirmed_by")), name="acknowledgement_two_persons"),
            models.CheckConstraint(
                condition=Q(made_by=None) | ~Q(made_by=F("confirmed_by")), name="acknowledgement_not_by_its_maker"
            ),
        ]
