"""What stands around a plan: budgets taken, other work on the same things, locks, promises, hours, who covers.

One statement, whatever the size; hours and rights come from what is kept of the set-up.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orchestr.catalogue.sites import sites
from orchestr.catalogue.tree import tree
from orchestr.freezes.targets import Target
from orchestr.people.due import open_left
from orchestr.people.eligibility import covered_by_person
from orchestr.policy.budgets.standing import StandingFacts, TotalFacts
from orchestr.policy.facts.around import Around, CommitmentFacts, CoverFacts, HoursFacts, OtherFacts
from orchestr.policy.facts.proposal import ExposureFacts
from orchestr.policy.objectives import objectives_of
from orchestr.policy.rules.track_record import MOST
from orchestr.policy.values import Json, Money
from orchestr.prepared import prepared_each
from orchestr.proposals.arbitration.reach import promoted
from orchestr.proposals.exposure.ledger import places_of
from orchestr.proposals.exposure.totals import whole_hours_from
from orchestr.proposals.facts.around_rows import AROUND, AROUND_AGAIN
from orchestr.proposals.facts.disagreements import Words, disagreements
from orchestr.proposals.submitting.touches import Spot, address_hash, resource_hash, spot_of

if TYPE_CHECKING:
    from orchestr.proposals.facts.load import Judged

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
AMOUNTS = 5  # where a sum's amounts begin, behind its name
Plan = Sequence[Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """With what stands around a plan: the items on each of its places, and all that is stopped, the oldest first."""

    around: Around
    exposure: tuple[ExposureFacts, ...]
    freezes: Sequence[Target]


def surrounding(
    judged: "Sequence[Judged]", live: Mapping[Spot, Json], odds: Words, *, at: datetime
) -> list[Surroundings]:
    """Around each of these plans. Reads only; the caller holds the ledger's places and budgets.

    `live` are the addresses the catalogue knows, with their values; `odds` what systems say differently.
    """
    places = [_Places.of(each.plan, live) for each in judged]
    asked = [_asked(each, beside, at) for each, beside in zip(judged, places, strict=True)]
    statement = AROUND if all(each.proposal_id is None for each in judged) else AROUND_AGAIN
    return [
        _surroundings(each, beside, rows, live, odds, at)
        for each, beside, rows in zip(judged, places, prepared_each(statement, asked), strict=True)
    ]


def _surroundings(
    judged: "Judged",
    places: "_Places",
    answer: Iterable[Sequence[str]],
    live: Iterable[Spot],
    odds: Words,
    at: datetime,
) -> Surroundings:
    rows: dict[str, list[Json]] = defaultdict(list)
    for what, data in answer:
        rows[what].append(json.loads(data))
    if judged.sandbox_only:  # it takes nothing of what real work takes, and is not measured by it either
        rows["use"] = rows["place"] = []
    return Surroundings(
        around=replace(
            _around(judged, places, rows, live, at),
            disagreements=disagreements(judged.plan, judged.evidence, odds, ours=judged.proposal_id is not None),
        ),
        exposure=_exposure(judged.plan, rows["place"]),
        freezes=[Target(kind, key) for _, kind, key in sorted(rows["freeze"])],
    )


def _around(
    judged: "Judged", places: "_Places", rows: Mapping[str, Sequence[Json]], live: Iterable[Spot], at: datetime
) -> Around:
    plan = judged.plan
    return Around(
        family=judged.family,
        objectives=objectives_of(judged.objectives),
        standing=tuple(StandingFacts.from_wire(row) for row in rows["use"] if any(row[AMOUNTS:])),
        totals=tuple(TotalFacts.from_wire(row) for row in rows["total"]),
        hours=_hours(plan, at),
        cover=_cover(judged),
        track=next((row or "" for row in rows["track"]), None) if judged.proposer_kind == "agent" else None,
        others=tuple(places.other(row, submitting=judged.proposal_id is None) for row in rows["other"]),
        scheduled=_scheduled(plan, live, at),
        commitments=tuple(found for row in rows["commitment"] if (found := places.commitment(row)) is not None),
    )


def _exposure(plan: Plan, rows: Iterable[Json]) -> tuple[ExposureFacts, ...]:
    """Items on each place of the plan: reserved by whatever waits, and gone live within 24 hours."""
    standing = {(segment, channel): (waiting, live) for segment, channel, waiting, live in rows}
    return tuple(
        ExposureFacts(segment=place.segment, channel=place.channel, pending=waiting, live_24h=live)
        for place in sorted(places_of(plan))
        for waiting, live in [standing.get((place.segment, place.channel), (0, 0))]
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """The indexes of a plan's changes, by what other rows name them with."""

    by_resource: Mapping[int, Sequence[int]]
    by_address: Mapping[int, Sequence[int]]
    by_key: Mapping[str, Sequence[int]]
    by_sku: Mapping[str, Sequence[int]]
    by_thing: Mapping[str, Sequence[int]]  # what is changed here and what promotions take in
    by_reach: Mapping[str, Sequence[int]]  # `sku:` and `segment:` by which promotions elsewhere take these in
    promotions: Sequence[Mapping[str, Json]]
    segments: frozenset[str]

    @classmethod
    def of(cls, plan: Plan, live: Mapping[Spot, Json]) -> "_Places":
        resources: dict[int, list[int]] = defaultdict(list)
        addresses: dict[int, list[int]] = defaultdict(list)
        keys: dict[str, list[int]] = defaultdict(list)
        skus: dict[str, list[int]] = defaultdict(list)
        promotions = [change for change in plan if change["type"] == "promotion"]
        for change in plan:
            resources[resource_hash(change["type"], change["id"])].append(change["index"])
            addresses[address_hash(change)].append(change["index"])
            keys[change["id"]].append(change["index"])
            skus[change["sku"] or change["id"]].append(change["index"])
        taken = {key: list(indexes) for key, indexes in keys.items()}
        for change in promotions:
            for sku in promoted(change):
                skus[sku].append(change["index"])
            for sku in promoted(change, live.get(spot_of({**change, "field": "definition"}))):
                taken.setdefault(sku, []).append(change["index"])
        segments = frozenset(key for each in plan for key in each["segments"])
        return cls(resources, addresses, keys, skus, taken, _reached(plan, taken | skus), promotions, segments)

    def other(self, row: Json, *, submitting: bool) -> OtherFacts:
        """Only a submission supersedes: whatever of its own workflow waits later on came after it.

        A variant and its stock share a key: agents on either meet, though their values differ.
        """
        proposal, agent, is_open, moment, keys, reaches, hashes, touched, akin, objectives = row
        met = {*_indexes(self.by_thing, keys), *_indexes(self.by_reach, reaches)}
        return OtherFacts(
            proposal=proposal,
            agent=agent,
            open=is_open,
            at=moment,
            items=tuple(sorted(met)),
            addresses=_indexes(self.by_address, hashes),
            superseded=submitting and akin and len(hashes) == touched,
            objectives=objectives_of(objectives),
        )

    def commitment(self, row: Json) -> CommitmentFacts | None:
        id, kind, channel, until, sku, segments, price, due, units = row
        items = set(self.by_sku.get(sku, ()))
        # A promotion that names no SKU takes in all that lies in its segments.
        items |= {
            change["index"]
            for change in self.promotions
            if not promoted(change) and set(change["segments"]) & set(segments)
        }
        if not items:
            return None
        return CommitmentFacts(
            id=id,
            kind=kind,
            channel=channel,
            until=until,
            items=tuple(sorted(items)),
            price=None if price is None else Money.parse(price),
            due=due,
            units=units,
        )


def _reached(plan: Plan, skus: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """By SKU, and by every segment that a changed thing lies in or below."""
    found: dict[str, Sequence[int]] = {f"sku:{sku}": indexes for sku, indexes in skus.items()}
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for change in plan:
        if change["type"] != "promotion":
            alike[tuple(change["segments"])].append(change["index"])
    below: dict[str, list[int]] = defaultdict(list)
    known = tree()
    for segments, indexes in alike.items():
        for key in {*segments, *known.above(segments)}:
            below[f"segment:{key}"] += indexes
    return found | below


def _indexes[K](places: Mapping[K, Sequence[int]], hashes: Iterable[K]) -> tuple[int, ...]:
    return tuple(sorted({index for each in hashes for index in places.get(each, ())}))


def _asked(judged: "Judged", places: _Places, at: datetime) -> dict[str, Json]:
    keys = [("sku", key) for key in sorted(places.by_key)]
    keys += [("segment", segment) for segment in sorted(places.segments)]
    agent = judged.proposer if judged.proposer_kind == "agent" else ""
    keys += [("agent", agent)] if agent else []
    keys += [("family", judged.family)] if judged.family else []
    known = tree().ids
    segments = sorted(places.segments & known.keys())
    wide = [change for change in places.promotions if not promoted(change)]
    reaches = [name.partition(":") for name in sorted(places.by_reach)]
    return {
        "scopes": [scope for scope, _ in keys],
        "keys": [key for _, key in keys],
        "segments": segments,
        "segment_ids": [known[key] for key in segments],
        "promoted": sorted({key for change in wide for key in change["segments"]}),
        "skus": sorted(places.by_sku),
        "things": sorted(places.by_thing),
        "reach_scopes": [scope for scope, _, _ in reaches],
        "reach_keys": [key for _, _, key in reaches],
        "touches": sorted({*places.by_resource, *places.by_address}),
        "agent": agent,
        "workflow": judged.workflow,
        "person": "" if agent else judged.proposer,
        "without": judged.proposal_id,
        "sandbox_only": judged.sandbox_only,
        "at": at,
        "day": at - DAY,
        "week": at - WEEK,
        "day_hours": whole_hours_from(at - DAY),
        "week_hours": whole_hours_from(at - WEEK),
        "most": MOST,
    }


def _hours(plan: Plan, at: datetime) -> tuple[HoursFacts, ...]:
    """Of the sites named; of every site where a change names none."""
    there = sites()
    named = {change["address"].get("channel") for change in plan}
    wanted: Collection[str] = there.keys() if None in named else named & there.keys()
    return tuple(HoursFacts(channel=key, open_left_s=open_left(there[key], at)) for key in sorted(wanted))


def _cover(judged: "Judged") -> CoverFacts | None:
    if judged.proposer_kind != "agent":
        return None
    owner = judged.rollback_owner
    if owner is None:
        return CoverFacts(named=False, active=False, covers=False)
    reaches = covered_by_person(owner, "revert_segment")
    keys = {key for change in judged.plan for key in change["segments"]}
    return CoverFacts(named=True, active=bool(reaches), covers=any(keys <= reach for reach in reaches))


def _scheduled(plan: Plan, live: Iterable[Spot], at: datetime) -> tuple[int, ...]:
    """The changes of a value for which the catalogue knows another one that begins later."""
    moment = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    later: dict[tuple[str, str, str], list[tuple[str, Mapping[str, Json]]]] = defaultdict(list)
    for type, key, _, field, address_key in live:
        if '"valid_from"' in address_key:
            address = json.loads(address_key)
            if address["valid_from"] > moment:
                later[type, key, field].append((address_key, _without_window(address)))
    found = []
    for change in plan if later else ():
        spot = spot_of(change)
        own = _without_window(json.loads(spot[4]))
        if any(key != spot[4] and where == own for key, where in later.get((spot[0], spot[1], spot[3]), ())):
            found.append(change["index"])
    return tuple(found)


def _without_window(address: Mapping[str, Json]) -> dict[str, Json]:
    return {name: part for name, part in address.items() if name not in ("valid_from", "valid_until")}
