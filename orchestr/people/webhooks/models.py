"""Addresses outside that are told of calls and notices, or by which an agent listens, and what is on its way to each."""

from django.db import models
from django.db.models import Q

from orchestr.ids import Identified


class Webhook(Identified):
    """One address; with an `agent` it is told of that agent's runs and proposals, and of nothing else. Its secret is kept nowhere: it is worked out from the deployment's key and `generation`.

    The address may be a secret itself: pages show its host alone, events and logs nothing of it. It is emptied when
    the webhook is removed; the row stays, because what was sent names it.
    """

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500, blank=True)
    calls = models.BooleanField(default=True, help_text="Is told when somebody is called.")
    notices = models.BooleanField(default=False, help_text="Is told of urgent notices.")
    active = models.BooleanField(default=True)
    generation = models.PositiveIntegerField(default=1)
    renewed_at = models.DateTimeField(null=True, help_text="For a day after it the secret before it signs as well.")
    agent = models.ForeignKey("orchestr.Agent", on_delete=models.PROTECT, null=True, related_name="webhooks")
    created_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    since = models.DateTimeField(help_text="When it was switched on last: nothing from before is sent.")
    removed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    quiet_until = models.DateTimeField(null=True, help_text="It does not answer: nothing is sent to it before.")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_webhook"
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(removed_at=None), name="webhook_name_once"),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(active=False, url=""), name="webhook_removed_is_off"
            ),
            models.CheckConstraint(
                condition=Q(agent=None) & (Q(calls=True) | Q(notices=True))
                | Q(agent__isnull=False, calls=False, notices=False),
                name="webhook_told_of_one_side",
            ),
        ]
        indexes = [
            models.Index(fields=["agent"], condition=Q(agent__isnull=False, active=True), name="webhook_of_agent")
        ]


class WebhookDelivery(Identified):
    """One thing on its way to one webhook: a call, a notice, a proposal, a run, or, with none, a trial.

    The row is the queue. Its id stays the same however often it is sent, so that who receives it twice can tell. What
    an agent is told of is put here by triggers of the database (migration `agents_listen`), in the fact's transaction. A
    proposal that changes again before it was told is told once, as it is then.
    """

    class State(models.TextChoices):
        DUE = "due"
        SENT = "sent"
        DEAD = "dead"
        NEEDLESS = "needless"

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    call = models.ForeignKey("orchestr.Call", on_delete=models.PROTECT, null=True, related_name="webhook_deliveries")
    notice = models.ForeignKey("orchestr.Notice", on_delete=models.CASCADE, null=True, related_name="+")
    proposal_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    revision = models.PositiveIntegerField(null=True, help_text="The latest of the proposal that is to be told.")
    state = models.CharField(max_length=10, choices=State, default=State.DUE, db_default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(help_text="Not before; while it is being sent, when another worker may try.")
    problem = models.CharField(
        max_length=60, default="", db_default="", blank=True, help_text="A code for why the last try failed."
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_webhook_delivery"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("due", "sent", "dead", "needless")), name="webhook_delivery_state_known"
            ),
            models.CheckConstraint(condition=Q(call=None) | Q(notice=None), name="webhook_delivery_of_one_thing"),
            models.UniqueConstraint(fields=["webhook", "call"], name="webhook_delivery_once_a_call"),
            models.UniqueConstraint(fields=["webhook", "notice"], name="webhook_delivery_once_a_notice"),
            models.UniqueConstraint(
                fields=["webhook", "proposal_id"], condition=Q(state="due"), name="webhook_delivery_one_due_a_proposal"
            ),
            models.UniqueConstraint(
                fields=["webhook", "run_id"], condition=Q(state="due"), name="webhook_delivery_one_due_a_run"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(state="due"), name="webhook_delivery_due"),
            models.Index(fields=["webhook", "state", "settled_at"], name="webhook_delivery_standing"),
        ]
