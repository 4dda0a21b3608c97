"""What stands on every page: where one can go, who one is, what is frozen."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from orchestr.execution.behaviour.models import Trip
from orchestr.freezes.models import Freeze
from orchestr.people.functions import DECIDING, Function
from reviews.words.behaviour import trip_words
from reviews.words.targets import target_names

DECIDERS = frozenset(str(each) for each in DECIDING)
ONCALL, ADMIN, AUDITOR = frozenset({Function.ONCALL}), frozenset({Function.ADMIN}), frozenset({Function.AUDITOR})
CONFIRMERS = ONCALL | ADMIN | AUDITOR | {Function.FINANCE, Function.LEGAL}
ANYBODY: frozenset[str] = frozenset()


def places() -> list[tuple[str, str, str, frozenset[str], bool]]:
    """Address, label, icon, functions it is for (empty: everybody), and whether phones show it at the bottom."""
    return [
        ("/", _("Home"), "home", ANYBODY, True),
        ("/reviews/", _("Queue"), "queue-list", ANYBODY, True),
        ("/arbitrations/", _("Choices"), "arrows-right-left", ANYBODY, False),
        ("/briefs/", _("Campaigns"), "megaphone", ANYBODY, False),
        ("/oncall/", _("On call"), "bell-alert", ONCALL | ADMIN, True),
        ("/runs/", _("Runs"), "play-circle", ANYBODY, False),
        ("/catalogue/", _("Catalogue"), "tag", ANYBODY, False),
        ("/agents/", _("Agents"), "cpu-chip", ADMIN | AUDITOR, False),
        ("/tools/", _("Tools and scopes"), "wrench-screwdriver", ADMIN | AUDITOR, False),
        ("/workflows/", _("Workflows"), "arrow-path-rounded-square", ADMIN | AUDITOR | ONCALL, False),
        ("/triggers/", _("Triggers"), "bolt", ADMIN | AUDITOR | ONCALL, False),
        ("/controls/", _("Control changes"), "check-badge", CONFIRMERS, False),
        ("/policy/", _("Policy"), "scale", ANYBODY, False),
        ("/drills/", _("Drills"), "beaker", ADMIN | AUDITOR | ONCALL, False),
        ("/calendar/", _("Publication calendar"), "calendar-days", ANYBODY, False),
        ("/connectors/", _("Connectors"), "link", ADMIN | ONCALL, False),
        ("/webhooks/", _("Webhooks"), "paper-airplane", ADMIN, False),
        ("/people/", _("People"), "users", ADMIN | AUDITOR, False),
        ("/holds/", _("Legal holds"), "archive-box", ADMIN | AUDITOR | {Function.LEGAL}, False),
        ("/insight/", _("Insight"), "chart-bar", ANYBODY, False),
        ("/audit/", _("Audit"), "document-check", ADMIN | AUDITOR, True),
    ]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context of every page. Nothing for who is not signed in."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return {}
    held = account.functions
    nav = [
        {
            "url": url,
            "label": label,
            "icon": icon,
            "phone": phone,
            "current": _is_current(request.path, url),
            "count": None,
        }
        for url, label, icon, functions, phone in places()
        if not functions or functions & held
    ]
    return {
        "nav": nav,
        "person_name": account.person.name,
        "person_functions": ", ".join(sorted(held)),
        "frozen": SimpleLazyObject(_frozen),
    }


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _frozen() -> list[dict[str, str]]:
    rows = list(Freeze.objects.filter(thawed_at=None).order_by("set_at"))
    if not rows:
        return []
    names = target_names(row.target for row in rows)
    whys = {trip.freeze_id: trip_words(trip) for trip in Trip.objects.filter(freeze__in=rows)}
    return [{"target": names[row.target], "why": whys.get(row.pk, row.why), "url": "/oncall/"} for row in rows]
