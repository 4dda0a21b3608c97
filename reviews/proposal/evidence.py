"""The evidence of a version: where it is from, how old it may be, who says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from orchestr.catalogue.classes import readable
from orchestr.policy.values import Json
from orchestr.runs.models import Evidence
from reviews.templatetags.show import address_words
from reviews.words.proposal import field_label

MOST_EVIDENCE = 200  # that a page draws of a large set


def of_changes(changes: Sequence[Mapping[str, Json]]) -> Q:
    """The evidence of what these changes are on."""
    return Q(resource__type__in={each["type"] for each in changes}, resource__key__in={each["id"] for each in changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    id: UUID
    kind: str
    source: str
    title: str
    field_label: str
    value: Json
    observed_at: datetime
    expires_at: datetime
    sha256: str


def evidence_of(rows: Sequence[Evidence], *, sees_cost: bool) -> list[EvidenceLine]:
    """One line each; they come with resource and system. A cost is withheld from who may not see it."""
    return [_line(row, sees_cost=sees_cost) for row in rows]


def _line(row: Evidence, *, sees_cost: bool) -> EvidenceLine:
    resource = row.resource
    classes = ("cost",) if sees_cost else ()
    hidden = resource is not None and not readable(resource.type, row.field, classes)
    where = address_words(row.address)
    return EvidenceLine(
        id=row.pk,
        kind=row.kind,
        source=row.system.name if row.system is not None else row.source,
        title=resource.title if resource is not None else _("What the proposer brought"),
        field_label=" · ".join(part for part in (field_label(row.field) if row.field else "", where) if part),
        value=_("not shown to your account") if hidden else row.value,
        observed_at=row.observed_at,
        expires_at=row.expires_at,
        sha256=row.sha256,
    )
