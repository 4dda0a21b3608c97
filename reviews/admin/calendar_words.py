"""Control changes of the calendar in words."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from orchestr.governance.models import ControlChange
from orchestr.policy.values import Json
from reviews.words.times import clock, day_names

URL = "/calendar/"


def windows(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, str, str, str]:
    """Title, address, label, what was and what shall be."""
    title = _("Open more of the week for %(target)s") % {"target": row.target}
    return title, URL, _("Publication windows"), _windows(before.get("windows", [])), _windows(after.get("windows", []))


def unplan(row: ControlChange, before: dict[str, Json], after: dict[str, Json]) -> tuple[str, str, str, str, str]:
    span = f"{_moment(before['begins_at'])} – {_moment(before['ends_at'])}"
    title = _("Take the planned freeze of %(target)s out") % {"target": before["target"]}
    return title, URL, span, _("planned"), _("taken out")


def _windows(rows: Sequence[Json]) -> str:
    return (
        "; ".join(f"{day_names(row['days'])} {clock(row['opens'])}-{clock(row['closes'])} {row['zone']}" for row in rows)
        or _("always open")
    )  # fmt: skip


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
