"""`/healthz` lives while the process does; `/readyz` names what is not well."""

from datetime import timedelta

from celery import current_app
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from kombu.exceptions import OperationalError

from orchestr.http import open_to_all
from orchestr.pulse import STALE_AFTER_S, LogState, last_beats, state_of_the_log

EXPECTED = ("publish", "catalogue", "sweeper", "sealer")


@open_to_all
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


@open_to_all
def readyz(request: HttpRequest) -> JsonResponse:
    """200 only when database, roles, broker, workers, sweeper and sealer are well; 503 names what is not."""
    unwell = _database() or [*_broker(), *_workers(), *_log()]
    return JsonResponse({"ready": not unwell, "unwell": unwell}, status=503 if unwell else 200)


def _database() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, has_table_privilege('audit_event', 'UPDATE'),"
                " has_table_privilege('audit_event', 'DELETE')"
            )
            role, may_update, may_delete = cursor.fetchone()
    except Exception as error:
        return [f"database: {type(error).__name__}"]
    if may_update or may_delete:
        return [f"roles: {role} may rewrite the audit log"]
    return []


def _broker() -> list[str]:
    """Whether the broker answers; asked through Celery's own transport, whichever it is."""
    try:
        with current_app.connection_for_write(connect_timeout=0.5) as line:
            line.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except OperationalError as error:
        return [f"broker: {type(error.__cause__ or error).__name__}"]
    return []


def _workers() -> list[str]:
    beats = last_beats()
    oldest = timezone.now() - timedelta(seconds=STALE_AFTER_S)
    return [f"{name}: no sign of life" for name in EXPECTED if name not in beats or beats[name] < oldest]


def _log() -> list[str]:
    """Whether the audit log is sealed up to now, and is the one that its witnesses know."""
    state = state_of_the_log(at=timezone.now())
    if state is LogState.ALARM:
        return ["audit log: not the one that was sealed; the sealer has stopped"]
    return ["audit log: sealing lags behind"] if state is LogState.BEHIND else []
