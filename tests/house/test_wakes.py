"""Every name that is woken or ticked is a registered task on a queue somebody serves."""

import ast
from pathlib import Path

from orchestr.celery import app

ROOT = Path(__file__).parents[2]
SERVED = {"publish", "catalogue", "default"}


def _names() -> set[str]:
    """The task names in calls of `wake` and in the constants they use."""
    found: set[str] = set()
    for room in ("orchestr", "reviews", "audit"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    parts = node.value.split(".")
                    if (
                        len(parts) == 3
                        and parts[0] in ("orchestr", "audit")
                        and path.name in {"hints.py", "drain.py", "tasks.py"}
                    ):
                        found.add(node.value)
    return found


def test_every_wake_names_a_registered_task() -> None:
    app.loader.import_default_modules()
    unknown = {name for name in _names() if name not in app.tasks and not _is_module(name)}
    assert unknown == set()


def test_every_tick_names_a_registered_task() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_every_task_goes_to_a_queue_that_is_served() -> None:
    app.loader.import_default_modules()
    own = [name for name in app.tasks if name.startswith(("orchestr.", "reviews.", "audit."))]
    queues = {str(app.amqp.router.route({}, name)["queue"].name) for name in own}
    assert own
    assert queues <= SERVED


def _is_module(name: str) -> bool:
    return (ROOT / Path(*name.split("."))).with_suffix(".py").exists() or (ROOT / Path(*name.split("."))).is_dir()
