"""What a person writes before it is sent: begun, saved as often as they like, given up. Theirs alone."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from orchestr.people.models import Account
from orchestr.proposals.locks import in_transaction
from orchestr.refusal import Kind, Refusal, absent
from reviews.models import Unsent
from reviews.proposing.sheet import MOST_THINGS, named, read_into, sheet_of

MOST_UNSENT = 50
ATOMICITIES = ("per_item", "all_or_compensate")
PREDICTED = ("metric", "direction", "low", "high", "hours")


def begin(*, by: Account, name: str, at: datetime) -> Unsent:
    """A new sheet with everything of this SKU or key on it; with none where `name` is empty.

    Refuses a name that this account sees nothing under, and a fifty-first unsent sheet.
    """
    in_transaction()
    if Unsent.objects.filter(person_id=by.person_id, proposal=None).count() >= MOST_UNSENT:
        raise Refusal(
            Kind.CONFLICT,
            "too_many_unsent",
            f"You have {MOST_UNSENT} change sets that were never sent.",
            next="Send one of them, or give it up.",
        )
    things = _found(by, name) if name.strip() else []
    return Unsent.objects.create(person_id=by.person_id, things=things, begun_at=at, saved_at=at)


def mine(unsent_id: UUID, by: Account) -> Unsent:
    """Somebody else's is as absent as one that is not there."""
    found = Unsent.objects.filter(pk=unsent_id, person_id=by.person_id).first()
    if found is None:
        raise absent("change set")
    return found


def locked(unsent_id: UUID, by: Account) -> Unsent:
    """The same, locked for this transaction."""
    in_transaction()
    found = Unsent.objects.select_for_update().filter(pk=unsent_id, person_id=by.person_id).first()
    if found is None:
        raise absent("change set")
    return found


def save(*, unsent_id: UUID, given: Mapping[str, str], by: Account, at: datetime) -> Unsent:
    """Keep what a form says, as it was typed. Locks the row. What was sent already stays as it was sent."""
    unsent = locked(unsent_id, by)
    if unsent.proposal_id is not None:
        return unsent
    unsent.entries = read_into(unsent.entries, sheet_of(by, unsent, at=at), given)
    unsent.summary = _line(given.get("summary", ""))[:2_000]
    unsent.rationale = given.get("rationale", "").replace("\0", "")[:20_000]
    if given.get("atomicity") in ATOMICITIES:
        unsent.atomicity = given["atomicity"]
    unsent.prediction = {name: text for name in PREDICTED if (text := _line(given.get(f"prediction-{name}", ""))[:60])}
    unsent.saved_at = at
    unsent.save()
    return unsent


def add(*, unsent_id: UUID, name: str, by: Account, at: datetime) -> Unsent:
    """Put everything of a SKU or key on the sheet. Refuses what this account does not see, and more than fit."""
    unsent = locked(unsent_id, by)
    things = [*unsent.things]
    things += [each for each in _found(by, name) if each not in things]
    if len(things) > MOST_THINGS:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "sheet_full",
            f"A sheet holds {MOST_THINGS} things at most.",
            next="Send this one, and begin another.",
        )
    unsent.things, unsent.saved_at = things, at
    unsent.save(update_fields=["things", "saved_at"])
    return unsent


def drop(*, unsent_id: UUID, place: int, by: Account, at: datetime) -> Unsent:
    """Take one thing off the sheet, with what was typed of it; a place that is not there takes nothing."""
    unsent = locked(unsent_id, by)
    if 0 <= place < len(unsent.things):
        unsent.things = [each for at_place, each in enumerate(unsent.things) if at_place != place]
        unsent.entries = read_into(unsent.entries, sheet_of(by, unsent, at=at), {})
        unsent.saved_at = at
        unsent.save(update_fields=["things", "entries", "saved_at"])
    return unsent


def give_up(*, unsent_id: UUID, by: Account) -> None:
    """Delete what was never sent. What was sent is on record and stays."""
    unsent = locked(unsent_id, by)
    if unsent.proposal_id is None:
        unsent.delete()


def _found(by: Account, name: str) -> list[list[str]]:
    found = named(by, name)
    if not found:
        raise Refusal(
            Kind.UNPROCESSABLE,
            "unknown_sku",
            "The catalogue knows no such SKU or key that your account may see.",
            next="Look it up in the catalogue, and type it as it stands there.",
        )
    return [[type, key] for type, key in found]


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
