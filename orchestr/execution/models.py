"""One attempt to apply or revert a version, with one item per planned change; and incidents."""

from django.db import models
from django.db.models import Q

from orchestr.execution.staging.states import StagingState
from orchestr.execution.states import BreakerState, ExecutionState, ItemState
from orchestr.ids import Identified


class Execution(Identified):
    """`fence` rises with every claim; a worker whose fence is older may write nothing more.

    `authority` says why a backward write may happen: `{"kind": "person", "id": …}`, compensation,
    containment or a guard metric. Forward executions rest on the decisions of their version.
    """

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, related_name="executions")
    version = models.ForeignKey("orchestr.Version", on_delete=models.PROTECT, related_name="executions")
    kind = models.CharField(max_length=10)
    state = models.CharField(max_length=12, choices=ExecutionState)
    reason = models.CharField(max_length=60, default="", blank=True)
    held_by = models.CharField(
        max_length=140, default="", blank=True, help_text="The freeze target it is held by, or breaker:… it waits for."
    )
    authority = models.JSONField(default=dict)
    why = models.TextField(default="", blank=True)
    requested_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    revert = models.ForeignKey("orchestr.Revert", on_delete=models.PROTECT, null=True, related_name="executions")
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, default="", blank=True)
    next_at = models.DateTimeField(help_text="Not before: the take-back window, or a back-off.")
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_execution"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=("apply", "revert")), name="execution_kind_known"),
            models.CheckConstraint(condition=Q(state__in=ExecutionState.values), name="execution_state_known"),
            models.UniqueConstraint(
                fields=["proposal"],
                condition=Q(state__in=("queued", "running", "held", "needs_person")),
                name="execution_one_open",
            ),
            models.UniqueConstraint(
                fields=["version"], condition=Q(kind="apply") & ~Q(state="stopped"), name="execution_applies_once"
            ),
            models.CheckConstraint(
                condition=~Q(kind="revert") | ~Q(authority={}), name="execution_revert_has_authority"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(state="queued"), name="execution_queued"),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="execution_running"),
            models.Index(fields=["id"], condition=Q(state="held"), name="execution_held"),
            models.Index(
                fields=["held_by"], condition=Q(state="queued") & ~Q(held_by=""), name="execution_waiting_for"
            ),
        ]


class ExecutionItem(Identified):
    """One write. The row's own id is the operation key the shop is given: at most one effect for it."""

    execution = models.ForeignKey(Execution, on_delete=models.PROTECT, related_name="items")
    index = models.PositiveIntegerField(help_text="The change's index in the plan.")
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    later = models.BooleanField(
        default=False, db_default=False, help_text="Of the rest: not begun before its rollout goes on."
    )
    staging = models.CharField(
        max_length=8, choices=StagingState, default="", db_default="", blank=True, help_text="Of its staged value."
    )
    choice = models.CharField(max_length=10, default="", blank=True, help_text="restore, keep or rebase, for a revert.")
    rides_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="riders",
        help_text="The item whose one write puts this back as well: both had changed the same value.",
    )
    system = models.ForeignKey("orchestr.System", on_delete=models.PROTECT, related_name="+")
    resource = models.ForeignKey("orchestr.Resource", on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=200)
    field = models.CharField(max_length=60)
    address = models.JSONField(default=dict)
    address_key = models.CharField(max_length=500)
    kind = models.CharField(max_length=10)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    state = models.CharField(max_length=22, choices=ItemState)
    outcome_code = models.CharField(max_length=60, default="", blank=True)
    message = models.CharField(max_length=300, default="", blank=True)
    observed = models.JSONField(null=True, help_text="The last value read in the shop.")
    token = models.CharField(max_length=200, default="", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    intended_at = models.DateTimeField(null=True)
    sent_by = models.DateTimeField(null=True, help_text="The last moment at which a send may still have happened.")
    accepted_at = models.DateTimeField(null=True, help_text="When the system said yes; reading back is still due.")
    checked_at = models.DateTimeField(null=True, help_text="The first read, after `settle_after`, that saw `before`.")
    settled_at = models.DateTimeField(null=True)
    read_by = models.CharField(
        max_length=20,
        default="",
        db_default="",
        blank=True,
        help_text="Which read saw the value that proves the outcome: read_back, looked_again, before_write, other_item.",
    )
    around = models.JSONField(null=True, help_text="What lay beside it before the first send, for whoever settles it.")
    changed_at = models.DateTimeField(null=True, help_text="Of a conflict: when it was changed, if the system says so.")
    changed_by = models.CharField(
        max_length=160,
        default="",
        db_default="",
        blank=True,
        help_text="Of a conflict: by whom, if the system says so.",
    )

    class Meta:
        db_table = "orchestr_execution_item"
        constraints = [
            models.UniqueConstraint(fields=["execution", "index"], name="item_index"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="item_state_known"),
            models.CheckConstraint(
                condition=Q(state="pending") | Q(intended_at__isnull=False) | Q(settled_at__isnull=False),
                name="item_intended_or_settled",
            ),
        ]
        indexes = [
            models.Index(fields=["resource", "field", "address_key", "-settled_at"]),
            models.Index(fields=["state"], condition=Q(state__in=("intended", "unknown")), name="item_unsettled"),
            models.Index(
                fields=["system", "settled_at", "id"], condition=Q(sent_by__isnull=False), name="item_sent_settled"
            ),
            models.Index(
                fields=["settled_at"],
                include=["execution", "state", "attempts"],
                condition=Q(settled_at__isnull=False),
                name="item_settled",
            ),
        ]


class Breaker(models.Model):
    """Open for one system: nothing is sent to it until `until`, whatever waits. Other systems go on.

    `closed` counts failures; `open` is tried by one probe once `until` has passed; `half_open` is that probe,
    whose worker holds it until `probe_until`. A system that works has no row.
    """

    system = models.OneToOneField("orchestr.System", on_delete=models.CASCADE, primary_key=True, related_name="breaker")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    until = models.DateTimeField()
    opened_at = models.DateTimeField()
    reason = models.CharField(max_length=60, default="", blank=True)
    state = models.CharField(max_length=9, choices=BreakerState, db_default=BreakerState.CLOSED)
    probe_until = models.DateTimeField(null=True)
    probed_by = models.CharField(max_length=120, db_default="", blank=True)
    told_at = models.DateTimeField(null=True, help_text="When on call was told of this opening.")

    class Meta:
        db_table = "orchestr_breaker"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BreakerState.values), name="breaker_state_known"),
            models.CheckConstraint(
                condition=~Q(state="half_open") | Q(probe_until__isnull=False), name="breaker_probe_ends"
            ),
        ]


class Incident(Identified):
    """The record with its timeline that a containment opens."""

    proposal = models.ForeignKey("orchestr.Proposal", on_delete=models.PROTECT, null=True, related_name="incidents")
    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.PROTECT, null=True, related_name="+")
    title_code = models.CharField(max_length=60)
    why = models.TextField()
    freeze = models.ForeignKey("orchestr.Freeze", on_delete=models.PROTECT, null=True, related_name="+")
    opened_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    reviewed_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True, help_text="When people were called because nobody had reviewed it.")
    verdict = models.CharField(
        max_length=12, default="", db_default="", blank=True, help_text="Of the second person: right, too_much or late."
    )
    review_text = models.TextField(default="", db_default="", blank=True)
    hold_until = models.DateTimeField(
        null=True, help_text="Until when its evidence is kept, unless it is closed before."
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "orchestr_incident"
        indexes = [
            models.Index(fields=["review_due_at"], condition=Q(reviewed_at=None), name="incident_unreviewed"),
            models.Index(fields=["hold_until"], condition=Q(hold_until__isnull=False), name="incident_holding"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=("", "right", "too_much", "late")), name="incident_verdict"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=models.F("opened_by")), name="incident_second_person"
            ),
        ]
