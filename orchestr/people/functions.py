"""Functions: the roles an account holds, as groups by these names."""

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestr.people.models import Account


class Function(StrEnum):
    MERCHANDISING = "merchandising"
    FINANCE = "finance"
    LEGAL = "legal"
    ONCALL = "oncall"
    ADMIN = "admin"
    AUDITOR = "auditor"


DECIDING = (Function.MERCHANDISING, Function.FINANCE, Function.LEGAL)


def functions_of(account: "Account") -> frozenset[str]:
    """The functions an active account holds; an inactive one holds none."""
    if not account.is_active:
        return frozenset()
    names = set(account.groups.values_list("name", flat=True))
    return frozenset(names & {str(function) for function in Function})
