"""The proof of an outcome in words: which value was seen, and by which read."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orchestr.execution.models import ExecutionItem
from reviews.templatetags.show import wire_value

READS: Mapping[str, str | Promise] = {
    "read_back": _("read back %(value)s after the write"),
    "looked_again": _("read back %(value)s when it was looked at again"),
    "before_write": _("read %(value)s before the write, so nothing was sent"),
    "other_item": _("read back %(value)s after the one write that took several changes back"),
}


def proof_of(item: ExecutionItem) -> str:
    """A few words; "" where no read proves the outcome."""
    words = READS.get(item.read_by)
    if words is None or item.settled_at is None:
        return ""
    return str(words) % {"value": wire_value(item.observed)}
