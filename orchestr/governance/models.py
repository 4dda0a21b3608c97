"""Control changes: what widens a right takes a second person."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class ControlChange(Identified):
    """A person's request to change a scope, rule, stage or freeze; in force when another confirms its digest."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        CONFIRMED = "confirmed"
        REJECTED = "rejected"

    kind = models.CharField(max_length=30, help_text="scope.grant, scope.widen, workflow.stage, freeze.thaw, …")
    target = models.CharField(max_length=200, help_text="agent:repricer/tool:…, freeze:<id>, workflow:…")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    digest = models.CharField(max_length=64)
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    settled_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_control_change"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("requested", "confirmed", "rejected")), name="control_change_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | ~Q(settled_by=models.F("requested_by")),
                name="control_change_two_persons",
            ),
            models.UniqueConstraint(
                fields=["kind", "target"], condition=Q(state="requested"), name="control_change_one_waiting"
            ),
        ]
