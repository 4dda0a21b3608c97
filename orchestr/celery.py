"""The workers' side: a message is a hint, the database is the truth.

Queues mean processes and credentials: `publish` holds the publish credentials alone, `catalogue`
and `default` hold read. Beat is a static table of a few ticks; what is due stands in the database.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestr.settings")

from celery.signals import task_prerun
from django.conf import settings
from django.db import close_old_connections

# Celery closes its connection round every task unless told how many it may serve; then each task would connect and
# prepare its statements anew, which takes longer than publishing one change. CONN_MAX_AGE says when one is old.
TASKS_A_CONNECTION = 1_000_000

app = Celery("orchestr")
app.conf.update(
    CELERY_DB_REUSE_MAX=TASKS_A_CONNECTION,
    broker_url=settings.BROKER_URL,
    broker_transport_options={
        "visibility_timeout": 30,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "global_keyprefix": f"{settings.KEY_PREFIX}.celery.",
        "socket_timeout": 5,
        "socket_connect_timeout": 0.2,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="default",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
    imports=[
        "orchestr.execution.drift.tasks",
        "orchestr.execution.tasks",
        "orchestr.catalogue.tasks",
        "orchestr.proposals.tasks",
        "orchestr.runs.tasks",
        "orchestr.upkeep.tasks",
        "orchestr.outcomes.tasks",
        "reviews.tasks",
    ],
    task_routes={
        "orchestr.execution.*": {"queue": "publish"},
        "orchestr.catalogue.*": {"queue": "catalogue"},
        "orchestr.drift.*": {"queue": "catalogue"},
        "orchestr.proposals.*": {"queue": "default"},
        "orchestr.runs.*": {"queue": "default"},
        "orchestr.upkeep.*": {"queue": "default"},
        "orchestr.outcomes.*": {"queue": "default"},
        "reviews.*": {"queue": "default"},
    },
    beat_schedule={
        "execution-sweep": {
            "task": "orchestr.execution.sweep",
            "schedule": settings.SWEEP_S,
            "options": {"expires": 10},  # ticks of an hour without a worker are of no use to anybody
        },
        "runs-sweep": {"task": "orchestr.runs.sweep", "schedule": 10.0},
        "proposals-sweep": {"task": "orchestr.proposals.sweep", "schedule": 10.0},
        "proposals-rejudge": {"task": "orchestr.proposals.rejudge", "schedule": 10.0},
        "simulations": {"task": "orchestr.outcomes.simulate", "schedule": 30.0, "options": {"expires": 25}},
        "notices": {"task": "reviews.deliver_notices", "schedule": 5.0},
        "upkeep": {"task": "orchestr.upkeep.extend_audit", "schedule": 6 * 3600.0},
        "drift-scan": {"task": "orchestr.drift.scan", "schedule": 30.0, "options": {"expires": 25}},
        "catalogue-refresh": {"task": "orchestr.catalogue.refresh_due", "schedule": 5.0},
    },
)


def _look_at_the_connection(**_: object) -> None:
    """Leave a connection behind that has grown old or that the last task found broken."""
    close_old_connections()


task_prerun.connect(_look_at_the_connection, weak=False)
