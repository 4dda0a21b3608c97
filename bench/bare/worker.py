"""The bare Celery application: the product's broker, but acknowledging as Celery does, and none of its safety."""

from kombu.transport.redis import Channel

from orchestr.celery import app
from orchestr.clock import BROKER

Channel.do_restore = True

app.conf.update(
    broker_transport_options=BROKER["broker_transport_options"]
    | {"ack_emulation": True, "visibility_timeout": 30, "unacked_restore_interval": 5, "unacked_restore_throttle": 1},
    task_acks_late=False,
    task_reject_on_worker_lost=False,
    task_routes={"bench.*": {"queue": "bare"}},
    imports=["bench.bare.tasks"],
    beat_schedule={},
)
