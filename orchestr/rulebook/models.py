"""Policy versions: numbered, published once, never edited afterwards."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified
from orchestr.policy.values import digest


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def published(self) -> "PolicyVersionQuerySet":
        """The one in force and the one to come, the latest first."""
        return self.filter(state="published").order_by("-effective_from", "-number")

    def standing(self, at: datetime) -> "PolicyVersion | None":
        """The version in force at this moment."""
        return self.published().filter(effective_from__lte=at).select_related("author", "approver").first()

    def to_come(self, at: datetime) -> "PolicyVersion | None":
        """The version that is published for a later moment."""
        return self.published().filter(effective_from__gt=at).select_related("author", "approver").first()


class PolicyVersion(Identified):
    """One published set of rules; `rules` is what `orchestr.policy` parses, `examples` must pass to publish it.

    At most two are published: the one in force, and the one that comes into force at `effective_from`.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"
        DISCARDED = "discarded"

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    rules = models.JSONField()
    examples = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    author = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    effective_from = models.DateTimeField(null=True)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_policy_version"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("draft", "published", "retired", "discarded")), name="policy_state_known"
            ),
            models.UniqueConstraint(
                fields=["effective_from"], condition=Q(state="published"), name="policy_one_published_a_moment"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(effective_from__isnull=False), name="policy_published_is_effective"
            ),
        ]

    @property
    def stamp(self) -> str:
        """Of rules and examples together: what a person was looking at when changing or confirming it."""
        return digest({"rules": self.rules, "examples": self.examples})
