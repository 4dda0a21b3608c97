"""Every address has a gate, and an entry in the table of who may pass it. A new one without fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from orchestr.api.api import api
from tests import people
from tests.house.gates import GATES

ABSENT = "01890000-0000-7000-8000-000000000000"
FUNCTIONS = ("merchandising", "finance", "legal", "oncall", "admin", "auditor")


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            inside = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from patterns(each, inside)
        else:
            yield f"{namespace}{each.name}", each


PAGES = {name: each for name, each in patterns(get_resolver()) if not name.startswith("api:")}


def test_every_page_has_a_gate_and_an_entry() -> None:
    found = {name: getattr(each.callback, "gate", None) for name, each in PAGES.items()}
    assert [name for name, gate in found.items() if gate is None] == []
    assert {name: tuple(sorted(gate)) for name, gate in found.items() if gate} == {
        name: tuple(sorted(gate)) for name, gate in GATES.items()
    }


def test_every_operation_of_the_api_needs_a_token() -> None:
    operations = [
        (path, operation)
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
    ]
    assert operations
    assert [path for path, operation in operations if not operation.auth_callbacks and not api.auth] == []


def address(name: str) -> str:
    """The address with ids that are nobody's."""
    converters = PAGES[name].pattern.converters
    known: dict[str, Any] = {"UUIDConverter": ABSENT, "IntConverter": 999, "SlugConverter": "nothing"}
    parts = {key: known.get(type(converter).__name__, "nothing") for key, converter in converters.items()}
    return reverse(name, kwargs=parts)


def ask(client: Client, name: str) -> Any:
    """A GET; where the door takes no GET, the POST it does take, with an empty form."""
    answer = client.get(address(name))
    return client.post(address(name)) if answer.status_code == 405 else answer


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(name for name, gate in GATES.items() if "anybody" not in gate))
def test_who_may_not_pass_sees_what_is_not_there(name: str) -> None:
    """Signed out: sent to sign in. Without the function: the same 404 as an absent page."""
    signed_out = ask(Client(), name)
    assert signed_out.status_code == 302
    assert signed_out.headers["Location"].startswith("/login/")
    for function in FUNCTIONS:
        client = Client()
        client.force_login(
            people.account(f"{function}-only", [function]), backend="django.contrib.auth.backends.ModelBackend"
        )
        status = ask(client, name).status_code
        if "person" not in GATES[name] and function not in GATES[name]:
            assert status == 404, function
        else:
            assert status < 500, function
