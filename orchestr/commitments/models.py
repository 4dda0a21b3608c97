"""What people have locked and what customers were promised, of one thing, until a time."""

from django.db import models
from django.db.models import F, Q

from orchestr.ids import Identified

LOCKS = ("sell", "promote", "reprice")
PROMISES = ("quote", "delivery")
KINDS = (*LOCKS, *PROMISES)


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def standing(self, at: object) -> "CommitmentQuerySet":
        """Neither lifted nor over at `at`."""
        return self.filter(lifted_at=None, until__gt=at)


class Commitment(Identified):
    """A lock (do not sell, promote, reprice) or a promise (quote, delivery). `channel` "" means every channel.

    A quote has the `price` that was offered, as money in wire shape; a delivery when it is `due_at` and, where they
    were counted, its `units`.
    """

    kind = models.CharField(max_length=10)
    resource = models.ForeignKey("orchestr.Resource", on_delete=models.PROTECT, related_name="commitments")
    sku = models.CharField(max_length=160, help_text="The resource's SKU, or its key where it has none.")
    channel = models.CharField(max_length=60, default="", blank=True)
    until = models.DateTimeField()
    why = models.TextField()
    price = models.JSONField(null=True)
    due_at = models.DateTimeField(null=True)
    units = models.PositiveIntegerField(null=True)
    set_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    lift_reason = models.TextField(default="", blank=True)
    judged_at = models.DateTimeField(
        null=True, help_text="When all that waits had been judged again by it; null while that is still to be done."
    )

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_commitment"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="commitment_kind_known"),
            models.CheckConstraint(condition=Q(until__gt=F("set_at")), name="commitment_ends_after_start"),
            models.CheckConstraint(
                condition=Q(kind="quote", price__isnull=False) | ~Q(kind="quote") & Q(price=None),
                name="commitment_quote_has_price",
            ),
            models.CheckConstraint(
                condition=Q(kind="delivery", due_at__isnull=False) | ~Q(kind="delivery") & Q(due_at=None, units=None),
                name="commitment_delivery_has_date",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="commitment_lifted_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "until"], condition=Q(lifted_at=None), name="commitment_standing"),
            models.Index(fields=["resource", "-set_at"], name="commitment_of_resource"),
            models.Index(fields=["id"], condition=Q(judged_at=None), name="commitment_to_judge"),
        ]
