"""How far the reading of a system is, and which of its credentials are laid ready, by name alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from orchestr.catalogue.models import FieldValue, System, SystemResource
from orchestr.connectors import credentials
from orchestr.connectors.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`words` says where it stands; `going` while it will move by itself, so that the page asks again."""

    words: str
    tone: str
    shape: str
    going: bool
    resources: int
    values: int
    seen: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential by the name of its variable. `here` says whether this process, which only reads, has it."""

    stage: str
    variable: str
    file: str
    held_by: str
    here: bool | None


def progress_of(system: System) -> Progress:
    """Three counts: what it holds, its values, and what the sweep under way has seen."""
    at = timezone.now()
    reading = system.enabled and system.refreshing_until is not None and system.refreshing_until > at
    reading = reading and system.degraded_since is None
    since = max((each for each in (system.refreshed_at, system.asked_at) if each), default=None)
    held = SystemResource.objects.filter(system=system)
    waits = system.refreshed_at is None or (system.asked_at is not None and system.asked_at > system.refreshed_at)
    words, tone, shape = _words(system, reading=reading, waits=waits)
    return Progress(
        words=words,
        tone=tone,
        shape=shape,
        going=system.enabled and (reading or waits),
        resources=held.count(),
        values=FieldValue.objects.filter(system=system).count(),
        seen=held.filter(seen_at__gte=since).count() if since and reading else 0,
        since=system.refreshed_at,
    )


def credentials_of(system: System, setup: Setup) -> Sequence[Credential]:
    """Those that its kind uses. Of writing, this process can say nothing: it must not hold them."""
    here = credentials.held(system=system.key, purpose="read")
    name = credentials.variable
    return [
        Credential(
            stage=stage,
            variable=name(system.key, stage),
            file=name(system.key, stage).removeprefix(credentials.PREFIX),
            held_by=_("web and catalogue worker") if stage == "read" else _("publish worker alone"),
            here=here if stage == "read" else None,
        )
        for stage in setup.stages
    ]


def _words(system: System, *, reading: bool, waits: bool) -> tuple[str, str, str]:
    if not system.enabled:
        return _("switched off"), "neutral", "dash"
    if system.degraded_since is not None:
        return _("degraded"), "waiting", "triangle"
    if reading:
        return _("being read"), "waiting", "running"
    if waits:
        return _("waits to be read"), "waiting", "hold"
    return _("working"), "published", "done"
