"""What the door answers about the catalogue, for the OpenAPI document."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from orchestr.api.shapes import Json


class Field(BaseModel):
    field: str
    address: dict[str, Json]
    value: Json
    kind: Literal["money", "integer", "text", "object"]
    system: str
    source_of_truth: bool
    observed_at: datetime
    age_s: int
    max_age_s: int
    fresh: bool
    writable: bool
    degraded: bool


class Resource(BaseModel):
    type: str
    id: str
    sku: str
    title: str
    segments: list[str]
    sales: dict[str, Json] | None
    fields: list[Field]
    withheld: list[str]


class Resources(BaseModel):
    items: list[Resource]
    next_cursor: str | None


class Commitment(BaseModel):
    id: UUID
    kind: str
    type: str
    resource: str
    sku: str
    channel: str | None
    until: datetime
    price: Json
    due_at: datetime | None
    units: int | None


class Commitments(BaseModel):
    items: list[Commitment]
