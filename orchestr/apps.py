from importlib import import_module

from django.apps import AppConfig

# Rooms that say what a confirmed control change does; importing them registers it.
CONTROLLED = (
    "orchestr.agents.grants",
    "orchestr.workflows.define",
    "orchestr.readiness.widen",
    "orchestr.rulebook.publish",
    "orchestr.proposals.deciding.own_locks",
    "orchestr.proposals.deciding.own_policy",
    "orchestr.freezes.freeze",
    "orchestr.keeping.hold",
    "orchestr.keeping.erase",
    "orchestr.keeping.period",
)


class OrchestrConfig(AppConfig):
    name = "orchestr"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Whoever wakes a task by name, in whichever process, means this application and its broker.
        import_module("orchestr.celery")
        for room in CONTROLLED:
            import_module(room)
