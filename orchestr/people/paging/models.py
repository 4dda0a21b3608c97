"""A page: somebody must answer. Calls go to one person after the other until one does."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified

MEANS = ("mail", "webhook")


class Page(Identified):
    """Open until somebody answers or nobody is left to call. `next_at` is when the next person is called."""

    kind = models.CharField(max_length=60)
    about = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200, unique=True)
    first = ArrayField(models.UUIDField(), default=list, help_text="Persons called before the rota, in this order.")
    spared = ArrayField(models.UUIDField(), default=list, help_text="Persons who need no call: they did it.")
    opened_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    exhausted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_page"
        constraints = [
            models.CheckConstraint(
                condition=Q(next_at=None) | Q(answered_at=None, exhausted_at=None), name="page_calls_while_open"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
                name="page_answered_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="page_due"),
            models.Index(fields=["id"], condition=Q(answered_at=None), name="page_open"),
        ]


class Call(Identified):
    """One person called at one step of a page, once."""

    page = models.ForeignKey(Page, on_delete=models.PROTECT, related_name="calls")
    step = models.PositiveSmallIntegerField()
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_call"
        constraints = [
            models.UniqueConstraint(fields=["page", "step"], name="call_one_a_step"),
            models.UniqueConstraint(fields=["page", "person"], name="call_once_a_person"),
        ]


class Delivery(Identified):
    """A call on its way by one means. The row is the queue; its id stays the same however often it is sent."""

    class State(models.TextChoices):
        DUE = "due"
        SENT = "sent"
        DEAD = "dead"
        NEEDLESS = "needless"

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="deliveries")
    means = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(help_text="Not before; while it is being sent, when another worker may try.")
    problem = models.CharField(max_length=60, default="", blank=True, help_text="A code for why the last try failed.")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_delivery"
        constraints = [
            models.CheckConstraint(condition=Q(means__in=MEANS), name="delivery_means_known"),
            models.CheckConstraint(
                condition=Q(state__in=("due", "sent", "dead", "needless")), name="delivery_state_known"
            ),
            models.UniqueConstraint(fields=["call", "means"], name="delivery_once_by_means"),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(state="due"), name="delivery_due"),
            models.Index(fields=["-settled_at"], condition=Q(state="dead"), name="delivery_dead"),
        ]
