"""The workers' side: a message is a hint, the database is the truth.

Queues mean processes and credentials: `publish` holds the publish credentials alone, `catalogue`
and `default` hold read. How messages go and when something ticks stands in `orchestr/clock.py`.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestr.settings")

from celery.signals import task_prerun, worker_process_init
from django.db import close_old_connections
from kombu.transport.redis import Channel

from orchestr.clock import BROKER, ROUTES, TICKS
from orchestr.garbage import settle_in

# Celery closes its connection round every task unless told how many it may serve; then each task would connect and
# prepare its statements anew, which takes longer than publishing one change. CONN_MAX_AGE says when one is old.
TASKS_A_CONNECTION = 1_000_000

# Nor does a worker that ends give the hints back that it has fetched: they are found by a tick as well, and without a
# broker they would be written to a file.
Channel.do_restore = False

app = Celery("orchestr")
app.conf.update(
    CELERY_DB_REUSE_MAX=TASKS_A_CONNECTION,
    **BROKER,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue="default",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    task_serializer="json",
    accept_content=["json"],
    imports=[
        "orchestr.agents.tasks",
        "orchestr.drills.tasks",
        "orchestr.execution.drift.tasks",
        "orchestr.execution.rollout.tasks",
        "orchestr.execution.tasks",
        "orchestr.execution.behaviour.tasks",
        "orchestr.people.tasks",
        "orchestr.catalogue.tasks",
        "orchestr.proposals.tasks",
        "orchestr.runs.tasks",
        "orchestr.triggers.tasks",
        "orchestr.upkeep.tasks",
        "orchestr.reconciling.tasks",
        "orchestr.keeping.tasks",
        "orchestr.outcomes.tasks",
        "orchestr.outcomes.measuring.tasks",
        "reviews.tasks",
        "audit.exporting.tasks",
    ],
    task_routes=ROUTES,
    beat_schedule=TICKS,
)


def _look_at_the_connection(**_: object) -> None:
    """Leave a connection behind that has grown old or that the last task found broken."""
    close_old_connections()


task_prerun.connect(_look_at_the_connection, weak=False)


def _settle_in(**_: object) -> None:
    settle_in()


worker_process_init.connect(_settle_in, weak=False)
