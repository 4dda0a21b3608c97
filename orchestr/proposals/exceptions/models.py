"""Exceptions: a named rule refuses exact items of one proposal no longer, until a moment. All stay on record."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class PolicyExceptionQuerySet(models.QuerySet["PolicyException"]):
    def live(self, at: datetime) -> "PolicyExceptionQuerySet":
        return self.filter(state="granted", until__gt=at)

    def waiting(self, at: datetime) -> "PolicyExceptionQuerySet":
        return self.filter(state="requested", until__gt=at)


class PolicyException(Identified):
    """`items` are the hashes of the changes it covers, value included: another price is another item."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        GRANTED = "granted"
        REJECTED = "rejected"
        ENDED = "ended"

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="exceptions")
    rule = models.CharField(max_length=60)
    items = ArrayField(models.CharField(max_length=64))
    functions = ArrayField(models.CharField(max_length=20), help_text="Of the two persons who confirm it.")
    until = models.DateTimeField()
    reason = models.TextField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = PolicyExceptionQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_exception"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("requested", "granted", "rejected", "ended")), name="exception_state_known"
            ),
            models.UniqueConstraint(
                fields=["proposal", "rule"], condition=Q(state__in=("requested", "granted")), name="exception_one_open"
            ),
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(state__in=("requested", "granted")), name="exception_ends"),
            models.Index(fields=["-requested_at"], name="exception_latest"),
        ]


class ExceptionConfirmation(Identified):
    """One person's yes to exactly this exception, with the functions the account held then."""

    exception = models.ForeignKey(PolicyException, on_delete=models.PROTECT, related_name="confirmations")
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("orchestr.Account", on_delete=models.PROTECT, related_name="+")
    functions = ArrayField(models.CharField(max_length=20))
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_exception_confirmation"
        constraints = [models.UniqueConstraint(fields=["exception", "person"], name="exception_confirmed_once")]
