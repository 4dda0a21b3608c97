"""Which person an entry of a calendar names: exactly one who may be on call, or nobody."""

import re
from collections.abc import Iterable, Mapping
from uuid import UUID

from orchestr.people.functions import Function
from orchestr.people.models import Account


def callable_by_name() -> dict[str, UUID]:
    """Names, usernames and mail addresses of everybody who may be on call; what two share names neither."""
    rows = Account.objects.filter(is_active=True, groups__name=str(Function.ONCALL)).select_related("person")
    found: dict[str, set[UUID]] = {}
    for account in rows:
        for name in (account.person.name, account.username, account.email):
            if key := _key(name):
                found.setdefault(key, set()).add(account.person_id)
    return {name: next(iter(persons)) for name, persons in found.items() if len(persons) == 1}


def person_of(named: Iterable[str], known: Mapping[str, UUID]) -> UUID | None:
    """The one person these texts name: a text that is a name, else the only names that stand in one as whole words."""
    texts = [_key(text) for text in named]
    for text in texts:
        if text in known:
            return known[text]
    for text in texts:
        within = {
            person for name, person in known.items() if re.search(rf"(?<![\w.@+-]){re.escape(name)}(?![\w@+-])", text)
        }
        if len(within) == 1:
            return within.pop()
    return None


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
