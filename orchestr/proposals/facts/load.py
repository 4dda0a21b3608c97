"""The only loader of facts: rows → `orchestr.policy.facts.proposal`. A fixed number of queries, whatever the size."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orchestr.catalogue.models import Site
from orchestr.catalogue.sites import locations, sites
from orchestr.catalogue.tree import Tree, tree
from orchestr.people.eligibility import deciders_on
from orchestr.policy.facts.bound import BoundFacts
from orchestr.policy.facts.proposal import (
    Atomicity,
    DeciderFacts,
    EvidenceFacts,
    Facts,
    ItemFacts,
    ProposerKind,
    read_value,
)
from orchestr.policy.fieldclass import class_of
from orchestr.policy.values import Address, Json, Money
from orchestr.proposals.exceptions.covered import excepted
from orchestr.proposals.facts import commerce
from orchestr.proposals.facts.around import Surroundings, surrounding
from orchestr.proposals.facts.beside import Beside, Said, Sold
from orchestr.proposals.facts.brought import Brought
from orchestr.proposals.facts.prices import Prices
from orchestr.proposals.facts.stopped import stopped
from orchestr.proposals.submitting.touches import address_of, spot_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is to be judged: a plan with its proposer, before or after it has rows."""

    plan: Sequence[Mapping[str, Json]]
    evidence: Sequence[Brought]
    proposer_kind: ProposerKind
    proposer: str
    owner: UUID | None
    workflow: str | None
    stage: str | None
    confidence_bp: int | None
    atomicity: Atomicity
    own_work_of: Collection[UUID]
    proposal_id: UUID | None = None
    excepted: bool = False
    sandbox_only: bool = False
    family: str = ""
    objectives: Json = None
    rollback_owner: UUID | None = None
    bounds: BoundFacts | None = None


def load(judged: Judged, *, at: datetime, with_deciders: bool = True) -> Facts:
    """Everything a verdict may look at, as it stands now. Reads only; the caller holds the ledger's places."""
    (facts,) = _loaded([judged], _View.of(judged.plan, judged.evidence, at), at, with_deciders)
    return facts


def load_each(judged: Sequence[Judged], *, at: datetime) -> list[Facts]:
    """`load` for several plans on different things, without deciders, in as few trips as for one.

    Each has the facts that it would have alone: what stands beside a change is found by the change's own names.
    Announced reductions are found by their place in a plan, so plans that hold some are loaded one by one.
    """
    view = _View.of(
        [change for each in judged for change in each.plan], [row for each in judged for row in each.evidence], at
    )
    if view.prices.asked:
        return [load(each, at=at, with_deciders=False) for each in judged]
    return _loaded(judged, view, at, with_deciders=False)


def _loaded(judged: Sequence[Judged], view: "_View", at: datetime, with_deciders: bool) -> list[Facts]:
    surroundings = surrounding(judged, view.beside.live, view.beside.odds, at=at)
    return [_facts(each, view, there, at, with_deciders) for each, there in zip(judged, surroundings, strict=True)]


def _facts(
    judged: Judged,
    view: "_View",
    there: Surroundings,
    at: datetime,
    with_deciders: bool,
) -> Facts:
    by_address = _evidence_by_address(judged.evidence)
    return Facts(
        at=int(at.timestamp()),
        proposer_kind=judged.proposer_kind,
        proposer=judged.proposer,
        owner=None if judged.owner is None else str(judged.owner),
        workflow=judged.workflow,
        stage=judged.stage,
        confidence_bp=judged.confidence_bp,
        atomicity=judged.atomicity,
        items=tuple(view.item(change, by_address) for change in judged.plan),
        evidence=tuple(_evidence(each) for each in judged.evidence),
        freezes=stopped(judged, there.freezes),
        commerce=commerce.load(asked_of(judged, view.sites), at=at),
        deciders=_deciders(judged) if with_deciders else None,
        exposure=there.exposure,
        exceptions=excepted(judged.proposal_id, judged.plan, at=at) if judged.excepted else (),
        around=there.around,
        bounds=judged.bounds,
    )


@dataclass(frozen=True, slots=True)
class _View:
    """The rows beside the plan, by the keys items ask with."""

    sites: Mapping[str, Site]
    beside: Beside
    prices: Prices
    locations: Mapping[str, Sequence[str]]
    tree: Tree

    @classmethod
    def of(cls, plan: Sequence[Mapping[str, Json]], evidence: Sequence[Brought], at: datetime) -> "_View":
        beside = Beside.load(plan, evidence, at)
        return cls(sites(), beside, Prices.load(plan, beside.live, at), locations(), tree())

    def item(self, change: Mapping[str, Json], evidence: "Mapping[_Seen, Sequence[str]]") -> ItemFacts:
        address = address_of(change["address"])
        spot = spot_of(change)
        sku, kind, channel = change["sku"] or change["id"], change["kind"], address.channel or ""
        site = self.sites.get(channel)
        field_class = class_of(type=change["type"], field=change["field"], kind=kind)
        sold = self.beside.sales.get((sku, channel)) if channel else self._everywhere(sku)
        price = self._price(sku, address)
        return ItemFacts(
            index=change["index"],
            type=change["type"],
            id=change["id"],
            field=change["field"],
            kind=kind,
            field_class=field_class,
            system=change["system"],
            before=read_value(kind, change["before"]),
            after=read_value(kind, change["after"]),
            address=address,
            segments=tuple(change["segments"]),
            lineage=(*self.tree.above(change["segments"]), *change.get("rules", ())),
            channel=channel,
            live_known=spot in self.beside.live,
            live=read_value(kind, self.beside.live.get(spot)),
            reversibility=change["reversibility"],
            guarantee=change["guarantee"],
            currency=site.currency if site else None,
            exponent=site.exponent if site else None,
            tax_bp=site.tax_bp if site else None,
            cost=self._money(sku, "cost", price),
            minimum_price=self._money(sku, "minimum_price", price),
            unit_price=price if field_class == "stock" else None,
            stock=self._stock(sku),
            units_7d=sum(row.units for row in sold) if sold else None,
            net_revenue_7d=_total(sold),
            allowed_locations=_texts(self.locations.get(change["system"])) if address.location else None,
            day_start=read_value(kind, self.beside.day_start.get(spot)),
            evidence=tuple(evidence.get((spot[0], spot[1], spot[3], spot[4]), ())),
            promotion=self._promotion(change),
            prices=self.prices.of(change),
        )

    def _promotion(self, change: Mapping[str, Json]) -> Mapping[str, Json] | None:
        """The live definition of a promotion of which another field changes."""
        if change["type"] != "promotion" or change["field"] == "definition":
            return None
        spot = spot_of({**change, "field": "definition"})
        value = self.beside.live.get(spot)
        return value if isinstance(value, dict) else None

    def _said(self, sku: str, field: str) -> Sequence[Said]:
        return self.beside.values.get((sku, field), ())

    def _everywhere(self, sku: str) -> Sequence[Sold]:
        return [row for (known, _), rows in self.beside.sales.items() if known == sku for row in rows]

    def _price(self, sku: str, address: Address) -> Money | None:
        rows = self._said(sku, "price")
        same = [row for row in rows if address.channel in (None, row.channel)]
        return _money(same[0].value) if same else None

    def _money(self, sku: str, field: str, near: Money | None) -> Money | None:
        """A cost or minimum price in the currency of the price, if the catalogue knows it in several."""
        found = [amount for row in self._said(sku, field) if (amount := _money(row.value)) is not None]
        if near is not None:
            found = [amount for amount in found if amount.currency == near.currency] or found
        return found[0] if found else None

    def _stock(self, sku: str) -> int | None:
        counts = [row.value for row in self._said(sku, "on_hand") if isinstance(row.value, int)]
        return sum(counts) if counts else None


def asked_of(judged: Judged, sites: Mapping[str, Site]) -> commerce.Asked:
    return commerce.Asked(
        plan=judged.plan,
        evidence=judged.evidence,
        workflow=judged.workflow,
        person=judged.proposer if judged.proposer_kind == "person" else None,
        proposal_id=judged.proposal_id,
        sandbox_only=judged.sandbox_only,
        sites=sites,
    )


type _Seen = tuple[str, str, str, str]  # type, id, field, address key: whichever system it was read from


def _evidence_by_address(evidence: Iterable[Brought]) -> dict[_Seen, list[str]]:
    found: dict[_Seen, list[str]] = defaultdict(list)
    for each in evidence:
        if each.type is not None and each.key is not None:
            found[each.type, each.key, each.field, each.address_key].append(str(each.id))
    return found


def _evidence(row: Brought) -> EvidenceFacts:
    return EvidenceFacts(
        id=str(row.id),
        kind="observed" if row.kind == "observed" else "claimed",
        observed_at=int(row.observed_at.timestamp()),
        expires_at=int(row.expires_at.timestamp()),
        sha256=row.sha256,
        source=row.source,
    )


def _deciders(judged: Judged) -> tuple[DeciderFacts, ...]:
    keys = {key for change in judged.plan for key in change["segments"]}
    known = tree().ids
    ids = [known[key] for key in keys if key in known]
    counts = Counter(decider.functions for decider in deciders_on(ids, without=judged.own_work_of))
    return tuple(DeciderFacts(functions=tuple(sorted(names)), persons=count) for names, count in counts.items())


def _total(rows: Sequence[Sold] | None) -> Money | None:
    """The sum of the rows of the first row's currency; sums of mixed currencies would mean nothing."""
    amounts = [amount for row in rows or () if (amount := _money(row.net_revenue)) is not None]
    if not amounts:
        return None
    first = amounts[0]
    total = sum(amount.amount for amount in amounts if amount.comparable(first))
    return Money(total, first.currency, first.exponent, first.tax)


def _money(raw: Json) -> Money | None:
    value = read_value("money", raw)
    return value if isinstance(value, Money) else None


def _texts(raw: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if raw is None else tuple(raw)
