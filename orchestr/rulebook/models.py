"""Policy versions: numbered, published once, never edited afterwards."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class PolicyVersion(Identified):
    """One published set of rules; `rules` is what `orchestr.policy` parses."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    rules = models.JSONField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    effective_from = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_policy_version"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=("draft", "published", "retired")), name="policy_state_known"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="published"), name="policy_one_published"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(effective_from__isnull=False), name="policy_published_is_effective"
            ),
        ]
