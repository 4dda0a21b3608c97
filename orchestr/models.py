"""Composition: Django finds the models of every room here."""

from orchestr.agents.models import Agent, AgentRate, AgentToken, Scope, ScopeRefusal, TokenUse, Tool
from orchestr.api.models import BodyPart, IdempotencyKey
from orchestr.catalogue.models import (
    FieldOwner,
    FieldValue,
    Resource,
    Sales,
    Segment,
    SegmentRule,
    SegmentSales,
    SegmentSet,
    Site,
    System,
    SystemResource,
    ValueHistory,
)
from orchestr.catalogue.rate_models import RateLimit
from orchestr.commitments.models import Commitment
from orchestr.discrepancies.models import Acknowledgement, DifferingRow, Discrepancy
from orchestr.drills.models import Drill
from orchestr.execution.behaviour.models import Threshold, Trip
from orchestr.execution.calendar.models import PublicationWindow
from orchestr.execution.drift.models import Drift, DriftScan
from orchestr.execution.incidents.models import EvidenceHold
from orchestr.execution.models import Breaker, Execution, ExecutionItem, Incident
from orchestr.execution.reverting.models import AwaitedRevert, Revert
from orchestr.execution.rollout.models import Rollout, RolloutVoice
from orchestr.freezes.models import Freeze, PlannedFreeze
from orchestr.governance.models import ControlChange
from orchestr.keeping.models import Emptied, LegalHold
from orchestr.outcomes.measuring.models import Measurement, MeasurementDue
from orchestr.outcomes.models import Simulation
from orchestr.people.models import Account, Notice, Person, SegmentAccountGrant, SegmentGroupGrant, Shift
from orchestr.people.paging.models import Call, Delivery, Page
from orchestr.people.rota.models import RotaFeed
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.proposals.arbitration.models import Arbitration, Party, PromotionReach
from orchestr.proposals.exceptions.models import ExceptionConfirmation, PolicyException
from orchestr.proposals.exposure.models import ExposureTotal
from orchestr.proposals.lines.models import PlanLine
from orchestr.proposals.models import Claim, Decision, Exposure, ExposureUse, Proposal, Verdict, Version
from orchestr.proposals.rejudging.models import Rejudging
from orchestr.pulse import Pulse
from orchestr.rulebook.models import PolicyVersion
from orchestr.runs.briefs.models import Brief
from orchestr.runs.models import BudgetUse, Event, Evidence, Run, Step
from orchestr.triggers.models import CapUse, Trigger, Window
from orchestr.workflows.models import Workflow, WorkflowVersion

__all__ = [
    "Account",
    "Acknowledgement",
    "Agent",
    "AgentRate",
    "AgentToken",
    "Arbitration",
    "AwaitedRevert",
    "BodyPart",
    "Breaker",
    "Brief",
    "BudgetUse",
    "Call",
    "CapUse",
    "Claim",
    "Commitment",
    "ControlChange",
    "Decision",
    "Delivery",
    "DifferingRow",
    "Discrepancy",
    "Drift",
    "DriftScan",
    "Drill",
    "Emptied",
    "Event",
    "Evidence",
    "EvidenceHold",
    "ExceptionConfirmation",
    "Execution",
    "ExecutionItem",
    "Exposure",
    "ExposureTotal",
    "ExposureUse",
    "FieldOwner",
    "FieldValue",
    "Freeze",
    "IdempotencyKey",
    "Incident",
    "LegalHold",
    "Measurement",
    "MeasurementDue",
    "Notice",
    "Page",
    "Party",
    "Person",
    "PlanLine",
    "PlannedFreeze",
    "PolicyException",
    "PolicyVersion",
    "PromotionReach",
    "Proposal",
    "PublicationWindow",
    "Pulse",
    "RateLimit",
    "Rejudging",
    "Resource",
    "Revert",
    "Rollout",
    "RolloutVoice",
    "RotaFeed",
    "Run",
    "Sales",
    "Scope",
    "ScopeRefusal",
    "Segment",
    "SegmentAccountGrant",
    "SegmentGroupGrant",
    "SegmentRule",
    "SegmentSales",
    "SegmentSet",
    "Shift",
    "Simulation",
    "Site",
    "Step",
    "System",
    "SystemResource",
    "Threshold",
    "TokenUse",
    "Tool",
    "Trigger",
    "Trip",
    "ValueHistory",
    "Verdict",
    "Version",
    "Webhook",
    "WebhookDelivery",
    "Window",
    "Workflow",
    "WorkflowVersion",
]
