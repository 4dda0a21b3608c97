"""The bare Celery application, with the product's broker settings but for its safety."""

from orchestr.celery import app

app.conf.update(
    task_acks_late=False,
    task_reject_on_worker_lost=False,
    task_routes={"bench.*": {"queue": "bare"}},
    imports=["bench.bare.tasks"],
    beat_schedule={},
)
