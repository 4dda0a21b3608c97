"""What was last seen of an item that did not simply go well: which value is there, and whose it is not."""

from django.utils.translation import gettext as _

from orchestr.catalogue.kinds import same
from orchestr.execution.models import ExecutionItem
from orchestr.execution.states import ItemState
from orchestr.policy.values import Json
from reviews.templatetags.show import wire_value


def seen_of(item: ExecutionItem) -> str:
    """A few words; "" where nothing was read, or where a read proves the outcome (see `reverting.proof`)."""
    if item.observed is None:
        return ""
    value = {"value": wire_value(item.observed)}
    match item.state:
        case ItemState.CONFLICT:
            return _("found %(value)s there and left it") % value
        case ItemState.KEPT:
            return _("%(value)s stays") % value
        case ItemState.UNKNOWN | ItemState.INTENDED:
            return _last_seen(item) % value
        case ItemState.APPLIED_NOT_EFFECTIVE:
            return _("still shows %(value)s") % value
        case ItemState.NOT_APPLIED | ItemState.IRREVERSIBLE:
            return _("%(value)s is there") % value
    return _("read back %(value)s") % value


def _last_seen(item: ExecutionItem) -> str:
    if _same(item, item.before):
        return _("last seen %(value)s, the old value")
    if _same(item, item.after):
        return _("last seen %(value)s, the new value")
    return _("last seen %(value)s, neither the old value nor the new one")


def _same(item: ExecutionItem, value: Json) -> bool:
    return same(item.kind, item.observed, value)  # type: ignore[arg-type]
