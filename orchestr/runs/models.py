"""Events, runs with their steps, and the evidence gathered in them."""

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified
from orchestr.runs.queries import RunQuerySet
from orchestr.runs.states import RunState

DAILY = ("runs_per_day", "changes_per_day")
PER_RUN = ("steps", "tokens", "cost", "time_s", "tool_calls", "proposals")


class Event(Identified):
    """What arrived. (sender, source, id) dedupes: `external_id` is the id, or the sender and the id.

    Of one source and id the first has the id as its name, what another sender brings a name of its own.
    """

    source = models.CharField(max_length=300)
    external_id = models.CharField(max_length=200)
    sender = models.ForeignKey(
        "orchestr.Agent",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="The agent that brought it; what shops and Orchestr itself tell has none.",
    )
    body_sha256 = models.CharField(
        max_length=64,
        default="",
        db_default="",
        blank=True,
        help_text='Of its type, subject and data; "" once emptied.',
    )
    type = models.CharField(max_length=200)
    subject = models.CharField(max_length=300, default="", blank=True)
    data = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12)
    reason = models.CharField(max_length=60, default="", blank=True)
    received_at = models.DateTimeField()
    trigger = models.ForeignKey(
        "orchestr.Trigger", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    run = models.ForeignKey(
        "orchestr.Run",
        on_delete=models.PROTECT,
        null=True,
        related_name="collapsed",
        help_text="What it started, or what it became part of.",
    )
    told = models.JSONField(
        default=list,
        db_default=models.Value([], models.JSONField()),
        help_text="What each trigger made of it: trigger, outcome, reason, run.",
    )

    class Meta:
        db_table = "orchestr_event"
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="event_newest"),
            models.Index(
                fields=["trigger", "-received_at", "-id"], condition=Q(trigger__isnull=False), name="event_of_trigger"
            ),
            models.Index(fields=["outcome", "-received_at", "-id"], name="event_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="event_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=("started", "coalesced", "suppressed", "capped", "refused")),
                name="event_outcome_known",
            ),
        ]

    @staticmethod
    def own_name(sender_id: UUID | None, id: str) -> str:
        """The name of a sender's event whose id is taken. No id holds a space, so none can be sent as such a name."""
        return f"{sender_id or '-'} {id}"

    @property
    def given_id(self) -> str:
        """The id as it was sent."""
        return self.external_id.rpartition(" ")[2]


class Run(Identified):
    """One execution of a workflow, with a named escalation owner and a budget."""

    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.PROTECT, related_name="runs")
    workflow_version = models.PositiveIntegerField()
    agent = models.ForeignKey("orchestr.Agent", on_delete=models.PROTECT, related_name="runs")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="runs")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    depth = models.PositiveSmallIntegerField(default=0)
    brief = models.ForeignKey("orchestr.Brief", on_delete=models.PROTECT, null=True, related_name="runs")
    drill = models.ForeignKey(
        "orchestr.Drill",
        on_delete=models.PROTECT,
        null=True,
        related_name="runs",
        db_index=False,
        help_text="The rehearsal that it is part of: it reaches sandboxes alone.",
    )
    state = models.CharField(max_length=10, choices=RunState)
    reason = models.CharField(max_length=60, default="", blank=True)
    summary = models.TextField(default="", blank=True)
    escalation_owner = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    rollback_owner = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="+")
    budget = models.JSONField(default=dict, help_text='{"steps": {"limit": 100, "used": 3}, …}')
    fallback = models.CharField(
        max_length=10, default="", db_default="", blank=True, help_text="What holds since a step failed."
    )
    fallback_cause = models.CharField(max_length=60, default="", db_default="", blank=True)
    sandbox_only = models.BooleanField(
        default=False, db_default=False, help_text="What is proposed in it writes only to sandboxes."
    )
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    step_count = models.PositiveIntegerField(default=0)
    touched = ArrayField(
        models.UUIDField(), default=list, help_text="Segments it has read or proposed on: one must see all to see it."
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_run"
        constraints = [
            models.UniqueConstraint(fields=["workflow", "event"], name="run_once_per_event"),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.CheckConstraint(
                condition=Q(fallback__in=("", "hold", "narrow", "raise_tier")), name="run_fallback_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"]),
            models.Index(fields=["agent", "created_at"], condition=Q(state="queued"), name="run_queued"),
            models.Index(fields=["drill"], condition=Q(drill__isnull=False), name="run_of_drill"),
        ]


class BudgetUse(Identified):
    """How much of one daily budget a workflow has used on one UTC day."""

    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    day = models.DateField()
    used = models.PositiveBigIntegerField()

    class Meta:
        db_table = "orchestr_budget_use"
        constraints = [
            models.UniqueConstraint(fields=["workflow", "kind", "day"], name="budget_use_once"),
            models.CheckConstraint(condition=Q(kind__in=DAILY), name="budget_use_kind_known"),
        ]


class Step(Identified):
    """One checkpoint of a run."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=20)
    tokens = models.PositiveIntegerField(default=0)
    cost = models.PositiveBigIntegerField(default=0, help_text="Micro-units of the run's currency.")
    ms = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=120, default="", db_default="", blank=True)
    prompt = models.CharField(max_length=120, default="", db_default="", blank=True)
    prompt_version = models.CharField(max_length=60, default="", db_default="", blank=True)
    tool_calls = models.PositiveIntegerField(default=0, db_default=0, help_text="Of tools that are not ours.")
    note = models.TextField(default="", blank=True)
    about = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_step"
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="step_number")]


class Evidence(Identified):
    """An observed fact (we read it) or a claimed one (the agent or person brought it)."""

    kind = models.CharField(max_length=10)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="evidence")
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    resource = models.ForeignKey("orchestr.Resource", on_delete=models.PROTECT, null=True, related_name="+")
    system = models.ForeignKey("orchestr.System", on_delete=models.PROTECT, null=True, related_name="+")
    field = models.CharField(max_length=60, default="", blank=True)
    address = models.JSONField(default=dict)
    address_key = models.CharField(max_length=500, default="{}")
    source = models.CharField(max_length=300)
    value = models.JSONField(null=True)
    sha256 = models.CharField(max_length=64)
    observed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, help_text="When it was read again and was the same.")
    confirmed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "orchestr_evidence"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=("observed", "claimed")), name="evidence_kind_known"),
            models.CheckConstraint(
                condition=Q(run__isnull=False) | Q(person__isnull=False), name="evidence_has_a_bringer"
            ),
            models.CheckConstraint(
                condition=~Q(kind="observed") | Q(resource__isnull=False, system__isnull=False),
                name="evidence_observed_names_its_place",
            ),
        ]
