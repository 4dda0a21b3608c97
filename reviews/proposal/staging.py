"""Where a set is staged before it goes live, as the page says it beforehand."""

from django.utils.translation import gettext as _

from orchestr.catalogue.models import System
from orchestr.catalogue.systems import declaration_of
from orchestr.connectors.base import ConnectorError
from orchestr.proposals.models import Version


def staged_first(version: Version) -> str:
    """One sentence; "" where nothing of it is staged (no query then, one otherwise)."""
    if version.atomicity != "all_or_compensate":
        return ""
    touched = {(change["system"], change["type"], change["field"]) for change in version.plan}
    names = []
    for system in System.objects.filter(key__in={key for key, _type, _field in touched}).order_by("name"):
        try:
            declared = declaration_of(system)
        except ConnectorError:
            continue  # /connectors/ says what is wrong with it.
        tools = [declared.tool_for(type=type, field=field) for key, type, field in touched if key == system.key]
        if any(tool is not None and tool.stages for tool in tools):
            names.append(system.name)
    if not names:
        return ""
    return _("It is staged in %(systems)s first and read back there. Only when all of it is, it goes live.") % {
        "systems": ", ".join(names)
    }
