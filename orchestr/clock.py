"""The clock: how messages go, and a static table of a few ticks; what is due stands in the database.

`celery -A orchestr.clock beat` knows the broker alone and imports nothing of the product: it is there in a moment.
"""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestr.settings")

from django.conf import settings

BROKER: dict[str, Any] = {
    "broker_url": settings.BROKER_URL,
    "broker_transport_options": {
        # A hint is gone once it is fetched: what it hints at stands in the database, and a tick finds it. Redis keeping
        # note of each until it is acknowledged would cost two calls a hint, and a worker that wants to acknowledge
        # after its broker went away asks a connection that is no longer there, and takes nothing any more (kombu 5.7).
        "ack_emulation": False,
        "global_keyprefix": f"{settings.KEY_PREFIX}.celery.",
        "socket_timeout": 5,
        "socket_connect_timeout": 0.2,
    },
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "timezone": "UTC",
    "enable_utc": True,
}

ROUTES: dict[str, dict[str, str]] = {
    "orchestr.execution.*": {"queue": "publish"},
    "orchestr.behaviour.*": {"queue": "default"},
    "orchestr.people.*": {"queue": "default"},
    "orchestr.catalogue.*": {"queue": "catalogue"},
    "orchestr.agents.*": {"queue": "catalogue"},
    "orchestr.drift.*": {"queue": "catalogue"},
    "orchestr.rollout.*": {"queue": "catalogue"},
    "orchestr.drills.*": {"queue": "catalogue"},
    "orchestr.proposals.*": {"queue": "default"},
    "orchestr.runs.*": {"queue": "default"},
    "orchestr.triggers.*": {"queue": "default"},
    "orchestr.upkeep.*": {"queue": "default"},
    "orchestr.reconciling.*": {"queue": "default"},
    "orchestr.keeping.*": {"queue": "default"},
    "orchestr.outcomes.*": {"queue": "default"},
    "orchestr.measuring.*": {"queue": "catalogue"},
    "reviews.*": {"queue": "default"},
    "audit.*": {"queue": "catalogue"},
}

TICKS: dict[str, dict[str, Any]] = {
    "execution-sweep": {
        "task": "orchestr.execution.sweep",
        "schedule": settings.SWEEP_S,
        "options": {"expires": 10},  # ticks of an hour without a worker are of no use to anybody
    },
    "runs-sweep": {"task": "orchestr.runs.sweep", "schedule": 10.0},
    "triggers": {"task": "orchestr.triggers.tick", "schedule": 5.0, "options": {"expires": 10}},
    "proposals-sweep": {"task": "orchestr.proposals.sweep", "schedule": 10.0},
    "proposals-rejudge": {"task": "orchestr.proposals.rejudging.again", "schedule": 10.0},
    "exposure-totals": {"task": "orchestr.proposals.add_up", "schedule": 10.0, "options": {"expires": 10}},
    "simulations": {"task": "orchestr.outcomes.simulate", "schedule": 30.0, "options": {"expires": 25}},
    "notices": {"task": "reviews.deliver_notices", "schedule": 5.0},
    "calls": {"task": "orchestr.people.call_due", "schedule": 5.0, "options": {"expires": 10}},
    "call-deliveries": {"task": "reviews.deliver_pages", "schedule": 5.0, "options": {"expires": 10}},
    "webhook-deliveries": {"task": "reviews.deliver_webhooks", "schedule": 5.0, "options": {"expires": 10}},
    "rota": {"task": "orchestr.people.read_rota", "schedule": 60.0, "options": {"expires": 50}},
    "behaviour": {
        "task": "orchestr.behaviour.watch",
        "schedule": settings.BEHAVIOUR_S,
        "options": {"expires": 10},
    },
    "reviews-overdue": {"task": "orchestr.behaviour.overdue", "schedule": 30.0, "options": {"expires": 25}},
    "upkeep": {"task": "orchestr.upkeep.extend_audit", "schedule": 6 * 3600.0},
    "reconcile": {"task": "orchestr.reconciling.reconcile", "schedule": 24 * 3600.0},
    "retention": {"task": "orchestr.keeping.empty", "schedule": 24 * 3600.0},
    "row-history": {"task": "orchestr.reconciling.look_again", "schedule": 30.0, "options": {"expires": 25}},
    "exports": {"task": "audit.exporting.make", "schedule": 10.0, "options": {"expires": 10}},
    "exports-kept": {"task": "audit.exporting.delete", "schedule": 3600.0, "options": {"expires": 3600}},
    "measurements": {"task": "orchestr.measuring.measure", "schedule": 60.0, "options": {"expires": 50}},
    "drift-scan": {"task": "orchestr.drift.scan", "schedule": 30.0, "options": {"expires": 25}},
    "rollouts": {"task": "orchestr.rollout.look", "schedule": 5.0, "options": {"expires": 10}},
    "drills": {"task": "orchestr.drills.tick", "schedule": 5.0, "options": {"expires": 10}},
    "segment-rules": {"task": "orchestr.catalogue.evaluate_rules", "schedule": 10.0, "options": {"expires": 10}},
    "tools": {"task": "orchestr.agents.register_tools", "schedule": 60.0, "options": {"expires": 50}},
    "catalogue-refresh": {"task": "orchestr.catalogue.refresh_due", "schedule": 5.0},
}

app = Celery("clock", fixups=[], set_as_current=False)  # without the one that loads Django
app.conf.update(**BROKER, task_default_queue="default", task_routes=ROUTES, beat_schedule=TICKS)
