"""Work that fights over one thing, held together until a person chooses; and which SKUs a promotion takes in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified
from orchestr.proposals.arbitration.queries import ArbitrationQuerySet

CHOICES = ("", "one", "all", "none", "merged", "gone")


class Arbitration(Identified):
    """One thing to look at: the proposals that want it, side by side, until somebody chooses.

    `choice` is "one" (the chosen goes on, the others are blocked), "all" (each goes on by itself), "none" (all are
    blocked), "merged" (it became part of `merged_into`) or "gone" (fewer than two were left open).
    """

    things = ArrayField(models.CharField(max_length=300), help_text="What they meet on, as type/id.")
    kind = models.CharField(max_length=12)
    opened_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    choice = models.CharField(max_length=8, default="", db_default="", blank=True)
    chosen = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, null=True, related_name="+")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey("orchestr.Account", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(default="", blank=True)
    reason_salt = models.BinaryField(default=b"", help_text="Of the digest the audit log holds of the reason.")

    objects = ArbitrationQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_arbitration"
        constraints = [
            models.CheckConstraint(condition=Q(choice__in=CHOICES), name="arbitration_choice_known"),
            models.CheckConstraint(condition=Q(kind__in=("agents", "objectives")), name="arbitration_kind_known"),
            models.CheckConstraint(
                condition=Q(settled_at=None, choice="") | Q(settled_at__isnull=False) & ~Q(choice=""),
                name="arbitration_settled_has_choice",
            ),
            models.CheckConstraint(
                condition=Q(choice="one", chosen__isnull=False) | ~Q(choice="one") & Q(chosen=None),
                name="arbitration_one_is_chosen",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], condition=Q(settled_at=None), name="arbitration_open"),
            models.Index(fields=["-opened_at", "-id"], name="arbitration_newest"),
        ]


class Party(Identified):
    """One proposal that takes part in an arbitration."""

    arbitration = models.ForeignKey(Arbitration, on_delete=models.PROTECT, related_name="parties")
    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="arbitrations")
    joined_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_arbitration_party"
        constraints = [models.UniqueConstraint(fields=["arbitration", "proposal"], name="arbitration_party_once")]


class PromotionReach(Identified):
    """What a proposed promotion takes in: the SKUs it names or, where it names none, the segments it lies in."""

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.CASCADE, related_name="reach")
    scope = models.CharField(max_length=10)
    key = models.CharField(max_length=160)

    class Meta:
        db_table = "orchestr_promotion_reach"
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=("sku", "segment")), name="promotion_reach_scope_known"),
            models.UniqueConstraint(fields=["proposal", "scope", "key"], name="promotion_reach_once"),
        ]
        indexes = [models.Index(fields=["scope", "key"], name="promotion_reach_by_key")]
