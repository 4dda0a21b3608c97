"""Reading the unified catalogue within the agent's scopes."""

from django.utils import timezone
from ninja import Router

from orchestr.api.door import Knock
from orchestr.api.runs import reader_of
from orchestr.api.shapes import Text, When
from orchestr.catalogue.view import Asked, one, page, require_segment
from orchestr.commitments.standing import listed
from orchestr.execution.drift.told import told
from orchestr.generation import pinned
from orchestr.policy.values import Json

router = Router(tags=["Catalogue"])


@router.get("/catalogue/resources", summary="Resources I may read")
def resources(
    request: Knock,
    type: Text = "",
    segment: Text = "",
    q: Text = "",
    system: Text = "",
    limit: int = 50,
    cursor: Text = "",
    fields: Text = "",
) -> dict[str, Json]:
    """What your scopes let you read, by type and key. `fields` are names with commas between: those alone are shown.

    What you do not ask for by name is left out without a word of refusal, and `withheld` names its class (`cost`,
    `personal`). A field or segment asked for by name that no scope of yours gives is refused, on record, and shown to
    the admins of your scopes.
    """
    at = timezone.now()
    asked = Asked(type=type, segment=segment, q=q, system=system, limit=limit, cursor=cursor, fields=_named(fields))
    with pinned():
        reader = reader_of(request.auth, at=at)
        if segment:
            require_segment(reader, segment)
        return page(reader, asked, at=at).wire()


@router.get("/catalogue/commitments", summary="Locks and promises on what I may read")
def commitments(request: Knock, sku: Text = "", kind: Text = "") -> dict[str, Json]:
    """What stands now: locks (`sell`, `promote`, `reprice`) and promises (`quote`, `delivery`), soonest end first.

    A change that a lock forbids is refused; one that breaks a promise needs more people. At most 200.
    """
    at = timezone.now()
    return {"items": listed(reader_of(request.auth, at=at), sku=sku, kind=kind, at=at)}


@router.get("/catalogue/drifts", summary="What is not as it was published any more, on what I may read")
def drifts(request: Knock, sku: Text = "", since: When | None = None) -> dict[str, Json]:
    """Values that were published here and that their system says otherwise now, the newest first, at most 200.

    `kind`: `foreign` (somebody else has changed it) or `late` (a write of ours landed after it had been given up or
    put back). `changed_at` is when, where the system says so; who it was is for people. Propose from the live value.
    """
    return {"items": told(reader_of(request.auth, at=timezone.now()), sku=sku, since=since)}


@router.get("/catalogue/resources/{type}/{path:key}", summary="One resource")
def resource(request: Knock, type: Text, key: Text, fields: Text = "") -> dict[str, Json]:
    """With every field that your scopes let you read, or those named in `fields`; `withheld` names classes left out.

    A field asked for by name that no scope of yours reads is refused (`field_out_of_scope`).
    """
    at = timezone.now()
    with pinned():
        return one(reader_of(request.auth, at=at), type=type, key=key, at=at, fields=_named(fields))


def _named(fields: str) -> frozenset[str]:
    return frozenset(name for each in fields.split(",") if (name := each.strip()))
