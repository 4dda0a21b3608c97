"""What else there is about the same items, and how the proposer has done so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from orchestr.people.models import Account
from orchestr.policy.values import Json
from orchestr.proposals.models import Proposal, Version
from orchestr.proposals.submitting.touches import addresses, ever_on, open_on, resource_hash
from reviews.acts import address
from reviews.queue.rows import titles_of
from reviews.templatetags.show import span
from reviews.words.measured import Look
from reviews.words.proposal import intent, metric_label

MOST = 8
LOOKED_BACK = 50


@dataclass(frozen=True, slots=True)
class Other:
    """Another proposal on the same items."""

    url: str
    intent: str
    state: str
    at: datetime | None

    @property
    def sentence(self) -> str:
        return self.intent


def others_of(account: Account, proposal: Proposal, version: Version) -> list[Other]:
    """What waits or is approved on the same field addresses, as far as this account sees it."""
    rows = open_on(addresses(version.plan)).visible_to(account).exclude(pk=proposal.pk)
    return _named(list(rows.order_by("rank", "id")[:MOST]))


def history_of(account: Account, proposal: Proposal, version: Version) -> list[Other]:
    """What was decided on the same items before, newest first."""
    hashes = {resource_hash(change["type"], change["id"]) for change in version.plan}
    rows = ever_on(hashes).visible_to(account).exclude(pk=proposal.pk).filter(settled_at__isnull=False)
    return _named(list(rows.order_by("-settled_at", "-id")[:MOST]))


def _named(rows: list[Proposal]) -> list[Other]:
    titles: dict[UUID, str] = titles_of([row.pk for row in rows])
    return [
        Other(address("proposal", row.pk), intent(row, titles.get(row.pk, "")), row.state, row.settled_at)
        for row in rows
    ]


def hit_rate_of(account: Account, proposal: Proposal) -> str:
    """How the agent's last settled proposals ended, in a sentence; empty for a person or a beginner."""
    if proposal.agent is None:
        return ""
    rows = Proposal.objects.visible_to(account).filter(agent=proposal.agent_id, settled_at__isnull=False)
    states = list(rows.order_by("-settled_at").values_list("state", flat=True)[:LOOKED_BACK])
    if len(states) < 3:
        return ""
    counts = {name: states.count(name) for name in ("published", "blocked", "reverted")}
    return _(
        "Of the last %(all)d proposals of %(who)s that ended, %(published)d were published and stand, "
        "%(reverted)d were put back, %(blocked)d were blocked."
    ) % {"all": len(states), "who": proposal.agent.name, **counts}


@dataclass(frozen=True, slots=True)
class PredictionLine:
    metric: str
    direction_words: str
    range: str
    horizon: str
    measured: str
    look: Look | None


def predictions_of(version: Version, told: Mapping[int, tuple[Look, str]] | None = None) -> list[PredictionLine]:
    """What the proposer expects, as far as it can be read; `told` says by its place what was measured of each."""
    return [
        _prediction(each, *(told or {}).get(index, (None, "")))
        for index, each in enumerate(version.predictions)
        if isinstance(each, dict)
    ]


def _prediction(raw: dict[str, Json], look: Look | None, measured: str) -> PredictionLine:
    directions = {"up": _("up"), "down": _("down"), "flat": _("unchanged"), "none": _("unchanged")}
    low, high, unit = raw.get("low"), raw.get("high"), raw.get("unit") or ""
    hours = raw.get("horizon_hours")
    return PredictionLine(
        metric=metric_label(str(raw.get("metric") or "–")),
        direction_words=directions.get(str(raw.get("direction")), str(raw.get("direction") or "–")),
        range=f"{low} – {high} {unit}".strip() if low is not None or high is not None else "–",
        horizon=span(int(hours) * 3600) if isinstance(hours, int | float) and 0 <= hours < 10**6 else "–",
        measured=measured,
        look=look,
    )
