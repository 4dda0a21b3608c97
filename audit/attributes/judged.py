"""By which policy: whether the version that judged it was in force then, and again when it was written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from audit.attributes.told import Attribute, Case, Told, proofs

# A judgement reads the policy when its transaction begins; another may come into force before it is recorded.
GRACE = timedelta(minutes=1)


def policy(case: Case) -> Attribute:
    """Judged under a version that was in force at that time, and again by the one in force when the write began.

    No: judged under no version, one that was not in force, or refused last; or written under one that was not in force.
    Not told: nobody published a policy by an event, or the policy changed in between and the release that wrote it did
    not yet tell under which it looked again.
    """
    began = case.intents[0] if case.intents else case.claimed
    judged = [told for told in case.course if _judges(told) and (began is None or told.id < began.id)]
    if not judged:
        return Attribute(False, proofs=((case.published.id, case.published.action),))
    by = judged[-1]
    said = {"version": by.data["policy_version"]}
    if by.data.get("verdict") == "refused":
        return Attribute(False, {**said, "refused": True}, proofs(by))
    if not case.policies:
        return Attribute(None, said, proofs(by))
    stood = _published(case.policies, by.data["policy_version"])
    again = next((told for told in case.intents if told.data.get("policy_version") is not None), None)
    if not _in_force(case.policies, by.data["policy_version"], by.at):
        return Attribute(False, said, proofs(by, stood))
    if again is not None:
        number = again.data["policy_version"]
        good = _in_force(case.policies, number, again.at)
        return Attribute(good, {**said, "again": number}, proofs(by, again, stood, _published(case.policies, number)))
    if began is None or _in_force(case.policies, by.data["policy_version"], began.at):
        return Attribute(True, said, proofs(by, stood))
    return Attribute(None, said, proofs(by, stood))


def _judges(told: Told) -> bool:
    return told.data.get("policy_version") is not None and told.action.startswith("proposal.")


def _in_force(policies: Sequence[Told], number: int, at: datetime) -> bool:
    """Whether this version was the one in force at that time or within the minute before."""
    return number in {_standing(policies, at), _standing(policies, at - GRACE)}


def _standing(policies: Sequence[Told], at: datetime) -> int | None:
    since: dict[int, datetime] = {}
    for told in policies:
        if told.at > at:
            continue
        number = int(told.data["policy_version"])
        if told.action == "policy.retired":
            since.pop(number, None)
        else:
            given = told.data.get("effective_from")
            since[number] = datetime.fromisoformat(given) if given else told.at
    due = [(begins, number) for number, begins in since.items() if begins <= at]
    return max(due)[1] if due else None


def _published(policies: Sequence[Told], number: int) -> Told | None:
    told = [each for each in policies if each.data.get("policy_version") == number]
    return next((each for each in reversed(told) if each.action == "policy.published"), None)
