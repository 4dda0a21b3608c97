"""What people decide on: proposals, their numbered versions, verdicts, decisions, the exposure ledger."""

import secrets
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from orchestr.ids import Identified
from orchestr.proposals.queries import ProposalQuerySet
from orchestr.proposals.states import BlockedReason, ProposalState, Turn

TIERS = ("none", "single", "dual")


def fresh_salt() -> bytes:
    return secrets.token_bytes(16)


class Proposal(Identified):
    """The proposer is an agent (within a run) or a person; the same gate serves both.

    `rank` is submitted_at minus one hour per risk point, in epoch milliseconds: the smallest first.
    `revision` rises with everything a reader could see, and is what long polls wait on.
    """

    run = models.ForeignKey("orchestr.Run", on_delete=models.PROTECT, null=True, related_name="proposals")
    agent = models.ForeignKey("orchestr.Agent", on_delete=models.PROTECT, null=True, related_name="proposals")
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="proposals")
    account = models.ForeignKey("orchestr.Account", on_delete=models.PROTECT, null=True, related_name="+")
    workflow = models.ForeignKey("orchestr.Workflow", on_delete=models.PROTECT, null=True, related_name="proposals")
    workflow_version = models.PositiveIntegerField(null=True)
    drill = models.ForeignKey(
        "orchestr.Drill", on_delete=models.PROTECT, null=True, related_name="proposals", db_index=False
    )
    own_work_of = ArrayField(models.UUIDField(), help_text="Persons who may never decide on it: see decide.py.")
    state = models.CharField(max_length=10, choices=ProposalState)
    blocked_reason = models.CharField(max_length=12, choices=BlockedReason, default="", blank=True)
    turn = models.CharField(max_length=10, choices=Turn, default=Turn.REVIEWERS)
    number = models.PositiveIntegerField(default=1, help_text="The current version.")
    digest = models.CharField(max_length=64, help_text="Of the current version.")
    revision = models.PositiveIntegerField(default=1)
    tier = models.CharField(max_length=6)
    functions = ArrayField(models.CharField(max_length=20), default=list)
    risk = models.PositiveSmallIntegerField()
    rank = models.BigIntegerField()
    segment_set = models.ForeignKey("orchestr.SegmentSet", on_delete=models.PROTECT, related_name="+")
    channels = ArrayField(models.CharField(max_length=60), default=list)
    touches = ArrayField(models.BigIntegerField(), help_text="Hashes of its resources and field addresses: touches.py.")
    intent = models.CharField(max_length=60, help_text="A code such as price_down; words are rendered at the edge.")
    item_count = models.PositiveIntegerField()
    largest_bp = models.IntegerField(null=True, help_text="The largest signed change in basis points.")
    lowest_margin_bp = models.IntegerField(null=True, help_text="The lowest margin afterwards, where cost is known.")
    revenue_per_hour = models.JSONField(null=True, help_text="Net revenue per hour at risk, as money.")
    evidence_until = models.DateTimeField(null=True, help_text="When the first piece of evidence expires.")
    submitted_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True, help_text="The proposer's own time: nothing goes out before it.")
    ready_at = models.DateTimeField(null=True, help_text="When the take-back window ends and execution may begin.")
    settled_at = models.DateTimeField(null=True)
    excepted = models.BooleanField(
        default=False, db_default=False, help_text="Whether an exception was ever granted for it."
    )
    sandbox_only = models.BooleanField(
        default=False, db_default=False, help_text="It writes only to systems marked as sandboxes: sandboxed.py."
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        db_table = "orchestr_proposal"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ProposalState.values), name="proposal_state_known"),
            models.CheckConstraint(condition=Q(tier__in=TIERS), name="proposal_tier_known"),
            models.CheckConstraint(
                condition=Q(state="blocked", blocked_reason__in=BlockedReason.values)
                | ~Q(state="blocked") & Q(blocked_reason=""),
                name="proposal_blocked_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=False, run__isnull=False, workflow__isnull=False, person=None)
                | Q(agent=None, run=None, person__isnull=False),
                name="proposal_one_proposer",
            ),
        ]
        indexes = [
            models.Index(
                fields=["segment_set", "functions", "rank", "id"], condition=Q(state="draft"), name="proposal_queue"
            ),
            models.Index(
                fields=["rank", "id"], condition=Q(state="draft", turn="proposer"), name="proposal_asked_back"
            ),
            models.Index(fields=["rank", "id"], condition=Q(state="draft"), name="proposal_queue_all"),
            models.Index(fields=["expires_at"], condition=Q(state__in=("draft", "approved")), name="proposal_expiry"),
            models.Index(fields=["evidence_until", "id"], condition=Q(state="draft"), name="proposal_evidence"),
            models.Index(fields=["-settled_at"], condition=Q(settled_at__isnull=False), name="proposal_settled"),
            models.Index(fields=["agent", "-submitted_at"]),
            models.Index(fields=["ready_at", "id"], condition=Q(state="approved"), name="proposal_ready"),
            GinIndex(fields=["touches"], name="proposal_touches"),
            models.Index(fields=["drill"], condition=Q(drill__isnull=False), name="proposal_of_drill"),
        ]

    @property
    def segment_ids(self) -> list[UUID]:
        """Every segment it touches: what one must see to see it."""
        return self.segment_set.segment_ids


class Version(Identified):
    """One numbered state of a proposal: what is shown, digested, approved and executed.

    `plan` is the list of planned changes: `{"index","system","type","id","field","address","kind",
    "before","after","segments","reversibility","guarantee"}`, expanded by the catalogue.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    canonical = models.BinaryField(help_text="The bytes that were hashed.")
    summary = models.TextField()
    rationale = models.TextField(default="", blank=True)
    confidence_bp = models.PositiveSmallIntegerField(null=True)
    atomicity = models.CharField(max_length=20)
    plan = models.JSONField()
    objectives = models.JSONField(default=dict)
    alternatives = models.JSONField(default=list)
    predictions = models.JSONField(default=list)
    evidence = models.ManyToManyField(
        "orchestr.Evidence", related_name="versions", db_table="orchestr_version_evidence"
    )
    not_before = models.DateTimeField(null=True, help_text="Nothing of it goes out before; part of what is approved.")
    rollout = models.JSONField(null=True, help_text="The proposer's terms of a first share; part of what is approved.")
    bounds = models.JSONField(
        null=True, help_text="What its workflow's stage or a fallback kept back when it was made: autonomy.Bounds.wire."
    )
    lineage = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="Of what made it: models, prompts, tools by version, and what its run had spent (lineage.py).",
    )
    narrowed_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    edited_by = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, null=True, related_name="+")
    narrowing = models.JSONField(
        default=list, help_text='[{"index","reason"}] of a reviewer who dropped or moved items.'
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orchestr_version"
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="version_number"),
            models.CheckConstraint(
                condition=Q(atomicity__in=("all_or_compensate", "per_item")), name="version_atomicity_known"
            ),
            models.CheckConstraint(
                condition=Q(confidence_bp=None) | Q(confidence_bp__lte=10_000), name="version_confidence_range"
            ),
        ]


class Verdict(Identified):
    """What policy said of a version, with the facts it judged, so that it can be judged again."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="verdicts")
    policy_number = models.PositiveIntegerField()
    at = models.DateTimeField()
    occasion = models.CharField(max_length=12, help_text="submit, revise, narrow, decide, execute, rejudge")
    refused = models.BooleanField()
    tier = models.CharField(max_length=6)
    functions = ArrayField(models.CharField(max_length=20), default=list)
    risk = models.PositiveSmallIntegerField()
    findings = models.JSONField()
    facts = models.BinaryField(help_text="Canonical bytes of orchestr.policy.facts.proposal.Facts.")

    class Meta:
        db_table = "orchestr_verdict"
        constraints = [models.CheckConstraint(condition=Q(tier__in=TIERS), name="verdict_tier_known")]
        indexes = [models.Index(fields=["version", "-at"])]


class Decision(Identified):
    """One person's verdict on one digest. Taken back or voided decisions stay on record."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="decisions")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="decisions")
    digest = models.CharField(max_length=64)
    person = models.ForeignKey("orchestr.Person", on_delete=models.PROTECT, related_name="decisions")
    account = models.ForeignKey("orchestr.Account", on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=16)
    functions = ArrayField(models.CharField(max_length=20), default=list, help_text="Held by the account then.")
    reason_code = models.CharField(max_length=40, default="", blank=True)
    reason = models.TextField(default="", blank=True)
    reason_salt = models.BinaryField(default=fresh_salt, help_text="Of the digest the audit log holds of the reason.")
    constraints = models.JSONField(default=dict)
    rollout = models.JSONField(null=True, help_text="On which terms of a first share the reviewer said yes.")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=30, default="", blank=True)

    class Meta:
        db_table = "orchestr_decision"
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=("approve", "block", "request_changes")), name="decision_verdict_known"
            ),
            models.UniqueConstraint(
                fields=["version", "person"], condition=Q(taken_back_at=None, voided_at=None), name="decision_once"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(taken_back_at=None, voided_at=None), name="decision_standing")
        ]


class Claim(Identified):
    """ "I am looking at this": soft, expiring, never a lock."""

    proposal = models.OneToOneField(Proposal, on_delete=models.CASCADE, related_name="claim")
    person = models.ForeignKey("orchestr.Person", on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        db_table = "orchestr_claim"


class Exposure(Identified):
    """The ledger of budgets and blast radius: reserved at submit, live at intent, released when given up."""

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="exposure")
    workflow_id = models.UUIDField(null=True)
    segment = models.ForeignKey("orchestr.Segment", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=60, default="", blank=True)
    items = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    at = models.DateTimeField()
    folded = models.BooleanField(db_default=False, default=False, help_text="Counted in ExposureTotal.")

    class Meta:
        db_table = "orchestr_exposure"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=("reserved", "live", "released")), name="exposure_state_known")
        ]
        indexes = [
            models.Index(fields=["segment", "channel", "at"], condition=~Q(state="released"), name="exposure_standing"),
            models.Index(
                fields=["segment", "at"], condition=~Q(state="released") & Q(folded=False), name="exposure_unfolded"
            ),
        ]


class ExposureUse(Identified):
    """What a proposal takes of the rolling budgets, beside its places: see orchestr/policy/budgets/uses.py.

    Money is in minor units, net: `revenue` of the last 7 days, `margin` given up in 7 days. States as in Exposure.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="exposure_uses")
    scope = models.CharField(max_length=10)
    key = models.CharField(max_length=160)
    channel = models.CharField(max_length=60, default="", blank=True)
    currency = models.CharField(max_length=3, default="", blank=True)
    exponent = models.PositiveSmallIntegerField(default=0)
    items = models.PositiveIntegerField()
    revenue = models.BigIntegerField(default=0)
    margin = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10)
    at = models.DateTimeField()
    folded = models.BooleanField(db_default=False, default=False, help_text="Counted in ExposureTotal.")

    class Meta:
        db_table = "orchestr_exposure_use"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("reserved", "live", "released")), name="exposure_use_state_known"
            ),
            models.CheckConstraint(
                condition=Q(scope__in=("agent", "segment", "sku", "family")), name="exposure_use_scope_known"
            ),
            models.CheckConstraint(condition=Q(revenue__gte=0, margin__gte=0), name="exposure_use_not_negative"),
        ]
        indexes = [
            models.Index(fields=["scope", "key"], condition=Q(state="reserved"), name="exposure_use_reserved"),
            models.Index(fields=["scope", "key", "at"], condition=Q(state="live"), name="exposure_use_live"),
            models.Index(
                fields=["scope", "key", "at"],
                condition=~Q(state="released") & Q(folded=False),
                name="exposure_use_unfolded",
            ),
            # A proposal's own, found thing by thing: a set of ten thousand takes of as many purses.
            models.Index(
                fields=["proposal", "scope", "key"],
                condition=~Q(state="released") & Q(folded=True),
                name="exposure_use_own",
            ),
        ]
