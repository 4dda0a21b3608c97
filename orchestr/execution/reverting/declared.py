"""What the systems of a plan declare of a field: how it goes back, and whether it ends by itself."""

from datetime import UTC, datetime
from uuid import UUID

from orchestr.catalogue.systems import declaration_of
from orchestr.connectors.base import ConnectorError, Declaration, Reversibility
from orchestr.execution.models import ExecutionItem
from orchestr.policy.values import Json


class Declared:
    """Each system is asked once."""

    def __init__(self) -> None:
        self._known: dict[UUID, Declaration | None] = {}

    def reversibility(self, item: ExecutionItem) -> Reversibility | None:
        """How a write of this item is taken back; None where the system can no longer write it."""
        declared = self._of(item)
        tool = declared.tool_for(type=item.resource.type, field=item.field) if declared is not None else None
        return None if tool is None else tool.reversibility

    def end_of(self, item: ExecutionItem, live: Json, *, at: datetime) -> datetime | None:
        """When what is there now ends by itself, where it has an end that is still to come."""
        declared = self._of(item)
        field = declared.field_of(type=item.resource.type, field=item.field) if declared is not None else None
        said = item.address.get("valid_until")
        if not said and field is not None and field.ends and isinstance(live, dict):
            said = live.get(field.ends)
        end = _moment(said)
        return end if end is not None and end > at else None

    def _of(self, item: ExecutionItem) -> Declaration | None:
        """None where the connector is no longer installed: then nothing can be written there at all."""
        if item.system_id not in self._known:
            try:
                self._known[item.system_id] = declaration_of(item.system)
            except ConnectorError:
                self._known[item.system_id] = None
        return self._known[item.system_id]


def _moment(said: Json) -> datetime | None:
    try:
        moment = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
