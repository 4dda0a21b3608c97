"""Who let it: whether the decisions meet what the verdict demanded, by people who held the rights then and until the write.

Told from the decisions themselves and from the grants of those who made them. A right that was given around the
operations (the first admin of a new house) has no event: where no event speaks against it, the decision's own record of
the functions counts, which the operation wrote in the same transaction.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations
from uuid import UUID

from audit.attributes.told import VERSIONS, Attribute, Case, Told, proofs

_RANK = {"none": 0, "single": 1, "dual": 2}
_DECIDES = "decide_segment"


def authorised(case: Case) -> Attribute:
    """Approved before a worker took it, all for the digest approved, and by persons who between them hold the functions
    that the verdict demanded, each person counted once and filling one of them, with the right to decide there."""
    approved = case.approved
    if approved is None:
        return Attribute(False, proofs=((case.published.id, case.published.action),))
    tier, functions = _demanded(case, approved)
    voices = _voices(case, approved)
    held: dict[str, set[str]] = {}
    for voice in voices:
        held.setdefault(voice.actor_id, set()).update(_functions(case, voice))
    needed = max(_RANK[tier], len(functions))
    version = case.version
    digests = {told.data.get("digest") for told in voices} | {
        approved.data.get("digest"),
        version.data.get("digest") if version else None,
    }
    claimed = case.claimed
    good = (
        len(digests) == 1
        and (claimed is None or approved.id < claimed.id)
        and all(voice.data.get("verdict") == "approve" and _may_decide(case, voice) for voice in voices)
        and len(held) >= needed
        and _filled(functions, held)
    )
    said = {"tier": tier, "decisions": len(voices), "functions": functions}
    return Attribute(good, said, proofs(approved, *voices, *_took(case, voices)))


def distinct(case: Case) -> Attribute:
    """As many different persons as the verdict demanded, none of whom proposed it, owns its agent or became its editor."""
    approved = case.approved
    if approved is None:
        return Attribute(False, proofs=((case.published.id, case.published.action),))
    voices = _voices(case, approved)
    persons = {told.actor_id for told in voices}
    authors = [told for told in case.course if _authored(told)]
    own = {case.owners.get(told.actor_id, told.actor_id) for told in authors}
    tier, functions = _demanded(case, approved)
    needed = max(_RANK[tier], len(functions))
    mine = next((voice for voice in voices if voice.actor_id in own), None)
    said = {"persons": len(persons), "needed": needed}
    return Attribute(len(persons) >= needed and mine is None, said, proofs(mine, *(voices or [approved]), *authors))


def _demanded(case: Case, approved: Told) -> tuple[str, list[str]]:
    """The strictest tier and all functions that the last version was ever asked for: looser later keeps what people saw."""
    tier, functions = str(approved.data.get("tier")), set(approved.data.get("functions") or [])
    made = case.version
    for told in case.course:
        if made is None or told.id < made.id or told.id > approved.id:
            continue
        stricter = told.action == "proposal.judged" and told.data.get("verdict") == "stricter"
        if told.action in VERSIONS or told.action == "proposal.reopened" or stricter:
            tier = max(tier, str(told.data.get("tier")), key=lambda each: _RANK.get(each, -1))
            functions |= set(told.data.get("functions") or [])
    return (tier if tier in _RANK else "dual"), sorted(functions)


def _voices(case: Case, approved: Told) -> list[Told]:
    """The decisions that the approval names, without those that did not stand until the write began."""
    named = set(approved.data.get("decisions") or [])
    gone = {
        told.about.get("decision")
        for told in case.course
        if told.action in ("proposal.decision.taken_back", "proposal.decision.voided")
    }
    return [
        told
        for told in case.course
        if told.action == "proposal.decision.recorded" and told.about.get("decision") in named - gone
    ]


def _functions(case: Case, voice: Told) -> set[str]:
    """What the person held when deciding and still held when the write began."""
    return {
        function
        for function in voice.data.get("functions") or []
        if all(_held(case, voice, function, until) is not False for until in _moments(case, voice))
    }


def _held(case: Case, voice: Told, function: str, until: UUID) -> bool | None:
    """None where no event tells."""
    told = [each for each in _grants(case, voice, until) if each.data.get("function") == function]
    return told[-1].action == "grant.given" if told else None


def _may_decide(case: Case, voice: Told) -> bool:
    """Whether the account was in use and nothing tells that it lacked the right to decide on one of the segments."""
    return all(_may(case, voice, until) for until in _moments(case, voice))


def _may(case: Case, voice: Told, until: UUID) -> bool:
    grants = _grants(case, voice, until)
    if any(each.action == "account.disabled" for each in grants):
        return False
    standing: dict[str, bool] = {}
    for each in grants:
        if each.data.get("right") == _DECIDES and "segment" in each.about:
            standing[each.about["segment"]] = each.action == "grant.given"
    if not standing:
        return True
    for segment in case.published.segments:
        lineage = case.above.of(segment)
        told = [standing[each] for each in lineage if each in standing]
        if told and not any(told):
            return False
    return True


def _moments(case: Case, voice: Told) -> tuple[UUID, ...]:
    """When it was decided, and when the write began."""
    began = case.intents[0] if case.intents else case.claimed
    return (voice.id,) if began is None else (voice.id, began.id)


def _grants(case: Case, voice: Told, until: UUID) -> list[Told]:
    return [each for each in case.grants.get(str(voice.account), ()) if each.id < until]


def _took(case: Case, voices: Sequence[Told]) -> list[Told]:
    """What took a right from one of those who decided, before the write: what a no may rest on."""
    gone = ("grant.taken", "account.disabled")
    return [each for voice in voices for each in _grants(case, voice, _moments(case, voice)[-1]) if each.action in gone]


def _filled(functions: Sequence[str], held: Mapping[str, set[str]]) -> bool:
    """Whether distinct persons can take one function each. Both are few."""
    return any(
        all(function in held[person] for function, person in zip(functions, persons, strict=True))
        for persons in permutations(sorted(held), len(functions))
    )


def _authored(told: Told) -> bool:
    return told.action in ("proposal.submitted", "proposal.version_added", "proposal.overridden") or (
        told.action == "proposal.narrowed" and bool(told.data.get("as_editor"))
    )
