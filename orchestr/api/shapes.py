"""What comes in and what goes out, typed: the OpenAPI document is made of these."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from orchestr.api.redaction import redacted_in

Json = Any
MOST_IN_BODY = 1_000  # changes; a larger set comes in parts
MOST_PARTS = 20


def _writable(text: str) -> str:
    if "\0" in text:
        raise ValueError("it holds the character U+0000")
    return text


def _no_number(value: object) -> object:
    """RFC 3339 and nothing else: a number would be taken for seconds since 1970."""
    if isinstance(value, int | float) or (
        isinstance(value, str) and value.strip().replace(".", "").lstrip("+-").isdigit()
    ):
        raise ValueError("it is no RFC 3339 date and time")
    return value


def _in_utc(at: datetime) -> datetime:
    """An offset may be larger than a database takes, and lead out of the years there are."""
    try:
        return at.astimezone(UTC) if at.tzinfo else at
    except OverflowError:
        raise ValueError("it lies outside the years 1 to 9999") from None


# A body's texts are looked at where it is read; these are for what stands in an address.
Text = Annotated[str, AfterValidator(_writable)]
When = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]
WhenWithZone = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]


class Strict(BaseModel):
    """Unknown members are refused: a misspelt field must not be ignored.

    Not ninja's Schema: that wraps every part in a reader of model rows, and a body is never one.
    """

    model_config = ConfigDict(extra="forbid")


def _shown(example: dict[str, Json]) -> ConfigDict:
    """A body as one would send it, for whoever reads the document."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


def _redacting(*names: str) -> Any:
    """What is known to be a secret or personal is taken out of these before anything is kept (redaction.py)."""
    return field_validator(*names, mode="after")(redacted_in)


class SourceEventIn(Strict):
    id: str = Field(max_length=160)
    type: str = Field(max_length=160)
    source: str = Field(max_length=160)


class RunIn(Strict):
    model_config = _shown(
        {"workflow": "clearance", "source_event": {"id": "e-1", "type": "example", "source": "agent"}}
    )

    workflow: str = Field(max_length=100, description="The workflow's key or id.")
    source_event: SourceEventIn
    parent: UUID | None = None


class StepIn(Strict):
    model_config = _shown(
        {
            "kind": "reasoning",
            "tokens": 1200,
            "cost": 3000,
            "ms": 800,
            "tool_calls": 2,
            "model": "small-1",
            "prompt": "clear",
            "prompt_version": "3",
        }
    )

    kind: str = Field(max_length=40)
    status: str = Field(default="ok", max_length=20)
    tokens: int = Field(default=0, ge=0, le=2_000_000_000)
    cost: int = Field(default=0, ge=0, le=2**53, description="Micro-units.")
    ms: int = Field(default=0, ge=0, le=2_000_000_000)
    tool_calls: int = Field(
        default=0,
        ge=0,
        le=2_000_000_000,
        description="Calls of tools that are not Orchestr's; evidence it reads for you it counts itself.",
    )
    model: str = Field(default="", max_length=120, description="What it reasoned with, in one word.")
    prompt: str = Field(default="", max_length=90, description="The prompt's id, in one word.")
    prompt_version: str = Field(default="", max_length=60)
    note: str = Field(default="", max_length=4_000)

    _redact = _redacting("note", "model", "prompt", "prompt_version")


class FinishIn(Strict):
    model_config = _shown({"outcome": "done", "summary": "One proposal."})

    outcome: Literal["done", "failed"]
    summary: str = Field(default="", max_length=4_000)

    _redact = _redacting("summary")


class PlaceIn(Strict):
    field: str = Field(max_length=60)
    address: dict[str, Json] | None = None


class EvidenceIn(Strict):
    """Observed: `type`, `id` and `fields` (the server reads). Claimed: `source`, `observed_at`, `value`."""

    kind: Literal["observed", "claimed"]
    type: str = Field(default="", max_length=20)
    id: str = Field(default="", max_length=160)
    fields: list[PlaceIn] = Field(default_factory=list, max_length=200)
    source: str = Field(default="", max_length=300)
    observed_at: When | None = None
    value: Json = None
    file: dict[str, Json] | None = Field(default=None, description="What the claim rests on: name, media type, text.")

    _redact = _redacting("value", "file")


class ChangeIn(Strict):
    type: str = Field(max_length=20)
    id: str = Field(max_length=160)
    field: str = Field(max_length=60)
    address: dict[str, Json] | None = None
    before: Json = None
    after: Json = None
    system: str | None = Field(default=None, max_length=60)


class PredictionIn(Strict):
    """What will happen. It is measured `horizon_hours` after the last item was applied; see docs/measurements.md."""

    metric: str = Field(
        max_length=60, description="Measured: units_7d, net_revenue_7d, margin_7d, stock; others are only shown."
    )
    direction: str = Field(max_length=20, description="up, down or flat.")
    low: float | None = None
    high: float | None = None
    unit: str = Field(
        default="",
        max_length=20,
        description="Of low and high: % or bp of change, units as a count, or a currency for its minor units.",
    )
    horizon_hours: int = Field(ge=1, le=24 * 366)


class RolloutIn(Strict):
    """A first share goes out alone and is looked at. Of what proposer, workflow and reviewers ask the most careful counts."""

    share_bp: int = Field(default=1_000, ge=1, le=9_000, description="How much of it goes first, in basis points.")
    hold_s: int = Field(default=86_400, ge=60, le=14 * 86_400, description="How long it is looked at, in seconds.")
    units_bp: int | None = Field(
        default=5_000, ge=1, le=10_000, description="Put back when units sold fall by more; null: not looked at."
    )
    revenue_bp: int | None = Field(
        default=3_000, ge=1, le=10_000, description="Put back when net revenue falls by more; null: not looked at."
    )
    errors_bp: int | None = Field(
        default=2_000, ge=1, le=10_000, description="Put back when more of its items cannot be written."
    )
    least_units: int = Field(
        default=30, ge=1, le=1_000_000, description="With fewer units expected a person is asked instead."
    )


class ProposalIn(Strict):
    summary: str = Field(min_length=1, max_length=2_000)
    rationale: str = Field(default="", max_length=20_000)
    confidence: float | None = Field(default=None, ge=0, le=1)
    atomicity: Literal["all_or_compensate", "per_item"] = "per_item"
    evidence: list[UUID] = Field(default_factory=list, max_length=2_000)
    objectives: dict[str, Json] = Field(default_factory=dict)
    alternatives: list[Json] = Field(default_factory=list, max_length=50)
    predictions: list[PredictionIn] = Field(default_factory=list, max_length=50)
    not_before: WhenWithZone | None = Field(
        default=None, description="Nothing of it goes out before this time, at most 60 days ahead; part of the digest."
    )
    rollout: RolloutIn | None = Field(
        default=None, description="Send out a first share, hold it, and look at the numbers; per_item only."
    )
    parts: list[UUID] = Field(
        default_factory=list,
        max_length=MOST_PARTS,
        description="Ids that POST /runs/{id}/changes answered: their changes and evidence come before those named here.",
    )
    changes: list[ChangeIn] = Field(min_length=1, json_schema_extra={"maxItems": MOST_IN_BODY})

    _redact = _redacting("summary", "rationale", "alternatives")


class ChangesIn(Strict):
    """A part of a change set that is too large for one body."""

    evidence: list[UUID] = Field(default_factory=list, max_length=2_000)
    changes: list[ChangeIn] = Field(min_length=1, json_schema_extra={"maxItems": MOST_IN_BODY})


class WithdrawIn(Strict):
    reason: str = Field(default="", max_length=2_000)

    _redact = _redacting("reason")


class ExceptionIn(Strict):
    rule: str = Field(min_length=1, max_length=60, description="The rule that refuses, as its finding names it.")
    reason: str = Field(max_length=2_000, description="Why, for the two persons who confirm it.")
    until: WhenWithZone = Field(description="When it ends, with its zone; at most 30 days ahead.")

    _redact = _redacting("reason")


class EventIn(BaseModel):
    """A structured CloudEvent 1.0; extension attributes are let through and ignored."""

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(max_length=160)
    source: str = Field(max_length=160)
    type: str = Field(max_length=160)
    subject: str = Field(default="", max_length=300)
    time: When | None = None
    data: dict[str, Json] = Field(default_factory=dict)

    _redact = _redacting("data")


class EventsIn(Strict):
    """Events that come together, in the order in which they happened."""

    events: list[EventIn] = Field(min_length=1)
