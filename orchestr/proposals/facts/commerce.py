"""What stands beside promotions, messages and claims: rows → `orchestr.policy.facts.commerce`.

One statement, and only where a plan changes a promotion or a message promises one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestr.catalogue.models import Site
from orchestr.policy.facts.commerce import CommerceFacts, NamedClaim, SendTime, StandingPromotion, TouchedRevenue
from orchestr.policy.fieldclass import class_of
from orchestr.policy.promotions.reading import Promotion, folded_code, moment, read_promotion
from orchestr.policy.values import Json, Money, Tax
from orchestr.proposals.facts.brought import Brought
from orchestr.proposals.facts.commerce_rows import Change, Row, rows_beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose plan it is: what waits of the same workflow or person on the same promotion will be superseded."""

    plan: Sequence[Change]
    evidence: Sequence[Brought]
    workflow: str | None
    person: str | None
    proposal_id: UUID | None
    sites: Mapping[str, Site]
    sandbox_only: bool = False


@dataclass(slots=True)
class _Wanted:
    """What the plan says of promotions: which SKUs, segments and names it would meet others on."""

    skus: set[str] = field(default_factory=set)
    segments: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    campaigns: set[str] = field(default_factory=set)
    named_only: bool = True  # every promotion of the plan names its SKUs
    created: set[tuple[str, str, str]] = field(default_factory=set)
    own: set[str] = field(default_factory=set)


def load(asked: Asked, *, at: datetime) -> CommerceFacts | None:
    """Beside this plan; None where nothing of it is a promotion, a message or a claim that evidence names."""
    promotions = [change for change in asked.plan if change["type"] == "promotion"]
    messages = [change for change in asked.plan if _is_message(change)]
    claims = tuple(NamedClaim(evidence=str(row.id), text=row.claim) for row in asked.evidence if row.claim)
    if not promotions and not messages and not claims:
        return None
    sending = tuple(time for change in messages if (time := _send_time(change, asked.sites, at)) is not None)
    promised = [code for change in messages if (code := _promised(change))]
    if not promotions and not promised:
        return CommerceFacts(sending=sending, claims=claims)
    rows = rows_beside(promotions, without=asked.proposal_id, sandbox_only=asked.sandbox_only, at=at)
    definitions = _definitions(rows)
    wanted = _wanted(promotions, promised, definitions)
    return CommerceFacts(
        promotions=tuple(_standing(rows, definitions, wanted, asked, int(at.timestamp()))),
        revenue=tuple(_revenue(rows)),
        sending=sending,
        claims=claims,
    )


def _is_message(change: Change) -> bool:
    return class_of(type=change["type"], field=change["field"], kind=change["kind"]) == "message"


def _promised(change: Change) -> str:
    return folded_code(change["after"].get("promotion")) if isinstance(change["after"], dict) else ""


def _send_time(change: Change, sites: Mapping[str, Site], at: datetime) -> SendTime | None:
    """In the zone the message names, else in that of its site; a time that is past means now."""
    raw = change["after"]
    if not isinstance(raw, dict):
        return None
    site = sites.get(change["address"].get("channel") or "")
    name = raw.get("zone") or (site.zone if site is not None else None)
    now = int(at.timestamp())
    when = now if raw.get("send_at") is None else moment(raw["send_at"])
    if when is None or not isinstance(name, str):
        return None
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    when = max(when, now)
    local = datetime.fromtimestamp(when, zone)
    return SendTime(index=change["index"], send_at=when, minute=local.hour * 60 + local.minute)


type _Spot = tuple[str, str, str]  # key, system, channel


def _spot(row: Row) -> _Spot:
    return row.key, row.system, row.channel or ""


def _definitions(rows: Iterable[Row]) -> dict[_Spot, Mapping[str, Json]]:
    """The definitions that the catalogue knows; what is switched off says so in it."""
    found: dict[_Spot, dict[str, Json]] = {}
    for row in rows:
        if row.what == "known" and row.field == "definition":
            value = None if row.value is None else json.loads(row.value)
            if isinstance(value, dict):
                found[_spot(row)] = {**value}
    for row in rows:
        if row.what == "known" and row.field == "enabled" and _spot(row) in found:
            found[_spot(row)]["enabled"] = None if row.value is None else json.loads(row.value)
    return dict(found)


def _wanted(
    promotions: Sequence[Change], promised: Sequence[str], definitions: Mapping[_Spot, Mapping[str, Json]]
) -> _Wanted:
    wanted = _Wanted(names=set(promised))
    for change in promotions:
        spot = (change["id"], change["system"], change["address"].get("channel") or "")
        promotion = _after(change["field"], change["after"], definitions.get(spot))
        wanted.own.add(change["id"])
        wanted.segments.update(change["segments"])
        wanted.names.add(folded_code(change["id"]))
        if change["before"] is None:
            wanted.created.add(spot)
        if promotion is None or promotion.off:
            continue
        wanted.skus.update(promotion.skus)
        wanted.named_only = wanted.named_only and bool(promotion.skus)
        wanted.names.update({promotion.coupon} - {""})
        wanted.campaigns.update({promotion.campaign} - {""})
    return wanted


def _after(name: str, after: Json, known: Mapping[str, Json] | None) -> Promotion | None:
    """The promotion that a change leads to; None where nothing is known of it."""
    if after is None or (name == "enabled" and not after):
        return Promotion(off=True)
    if name == "definition":
        return read_promotion(after) if isinstance(after, dict) else None
    return None if known is None else read_promotion({**known, name: after})


def _standing(
    rows: Sequence[Row],
    definitions: Mapping[_Spot, Mapping[str, Json]],
    wanted: _Wanted,
    asked: Asked,
    at: int,
) -> Iterable[StandingPromotion]:
    for row in rows:
        if row.what == "known" and row.field == "definition" and _spot(row) not in wanted.created:
            if (known := definitions.get(_spot(row))) is not None:
                yield from _made(row, read_promotion(known), wanted, at)
        elif row.what == "waiting" and not _superseded(row, wanted, asked):
            after = None if row.value is None else json.loads(row.value)
            promotion = _after(row.field, after, definitions.get(_spot(row)))
            yield from _made(row, promotion or Promotion(readable=False), wanted, at)


def _superseded(row: Row, wanted: _Wanted, asked: Asked) -> bool:
    """Waits of the same proposer, for the same promotion: the new proposal takes its place."""
    same = (asked.workflow is not None and row.workflow == asked.workflow) or (
        asked.workflow is None and asked.person is not None and row.person == asked.person
    )
    return same and row.state == "draft" and row.key in wanted.own


def _made(row: Row, promotion: Promotion, wanted: _Wanted, at: int) -> Iterable[StandingPromotion]:
    if promotion.off or (promotion.ends_at is not None and promotion.ends_at <= at):
        return
    named = bool({folded_code(row.key), promotion.coupon} & wanted.names) or promotion.campaign in wanted.campaigns
    segments = set(row.segments or ())
    if promotion.skus and wanted.named_only:
        meets = bool(wanted.skus.intersection(promotion.skus))
    else:
        meets = not segments or bool(wanted.segments & segments)
    if not named and not meets:
        return
    skus = promotion.skus
    if wanted.named_only and skus:  # the rest of a long list says nothing more of this plan
        skus = tuple(sorted(wanted.skus.intersection(skus))) or skus[:1]
    scheduled = promotion.starts_at is not None and promotion.starts_at > at
    yield StandingPromotion(
        key=row.key,
        status="waiting" if row.what == "waiting" else "scheduled" if scheduled else "live",
        system=row.system,
        channel=row.channel or "",
        discount_bp=promotion.discount_bp,
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        skus=skus,
        segments=tuple(sorted(segments)),
        coupon=promotion.coupon,
        campaign=promotion.campaign,
        proposal=row.proposal or "",
    )


def _revenue(rows: Iterable[Row]) -> Iterable[TouchedRevenue]:
    for row in rows:
        if row.what == "sold":
            tax: Tax = "included" if row.channel == "included" else "excluded"
            amount = Money(int(row.value or 0), row.system, int(row.field), tax)
            yield TouchedRevenue(index=int(row.key), net_revenue_7d=amount)
