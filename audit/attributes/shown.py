"""On what, and with which effect: evidence in date when it was written, and every applied item seen at its system."""

from datetime import datetime
from uuid import UUID

from audit.attributes.events import MOST_EVIDENCE
from audit.attributes.told import Attribute, Case, proofs


def fresh(case: Case) -> Attribute:
    """Every piece of evidence that it rests on was in date when a worker took it to write."""
    claimed, ids = case.claimed, case.evidence
    if not ids or claimed is None:
        return Attribute(None, {"evidence": 0}, proofs(case.version, claimed) or _itself(case))
    said = {"evidence": len(ids)}
    confirmed = [told for told in case.course if told.action == "evidence.confirmed" and told.data.get("expires_at")]
    if confirmed:
        until = datetime.fromisoformat(confirmed[-1].data["expires_at"])
        return Attribute(until >= claimed.at, said, proofs(confirmed[-1], claimed))
    if case.expiry is None:
        return Attribute(None, said, proofs(case.version, claimed))
    found, until, event = case.expiry
    good = found == min(len(ids), MOST_EVIDENCE) and until >= claimed.at
    return Attribute(good, said, ((event, "evidence.recorded"), *proofs(claimed)))


def read_back(case: Case) -> Attribute:
    """Every item that counts as applied was read back from its system, and as many as the publication says."""
    counts = {str(outcome): int(count) for outcome, count, _seen, _id in case.settled}
    applied = [row for row in case.settled if row[0] == "applied"]
    if not applied:
        return Attribute(False, {"outcomes": counts}, _itself(case))
    _outcome, count, seen, first = applied[0]
    told = (case.published.data.get("outcomes") or {}).get("applied")
    good = seen == count and told in (None, count)
    return Attribute(good, {"outcomes": counts}, ((first, "execution.item_settled"), *_itself(case)))


def _itself(case: Case) -> tuple[tuple[UUID, str], ...]:
    return ((case.published.id, case.published.action),)
