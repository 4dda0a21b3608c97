"""The invariants of the room, and the shelf's prices."""

from tests.execution.conftest import invariants

__all__ = ["invariants"]
