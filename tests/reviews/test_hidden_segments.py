"""Work that reaches into segments one may not see is absent: on every page of a proposal, in lists, in exports."""

import json
import re
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from audit.models import AuditEvent
from orchestr.proposals.models import Decision, Proposal
from tests import make
from tests.proposals.propose import propose

TOKEN = re.compile(rb'(X-CSRFToken": |csrfmiddlewaretoken" value=)"[A-Za-z0-9]+"')


@pytest.fixture
def across(house: make.House) -> Proposal:
    """A jacket and a tent: Mia sees apparel, Marco outdoor gear, Fay both."""
    made = propose(house, house.change(after=19_000), house.change(house.tent, after=19_000))
    assert made.state == "draft"
    return made


def addresses(id: UUID) -> list[str]:
    """Every address that names a proposal."""
    return [reverse(name, args=[id]) for name in _names(get_resolver(), "")]


def _names(resolver: URLResolver, space: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _names(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern) and list(each.pattern.converters) == ["proposal_id"] and space != "api:":
            yield space + str(each.name)


def signed_in(account: object) -> Client:
    client = Client()
    client.force_login(account)  # type: ignore[arg-type]
    return client


def answer(client: Client, method: str, path: str, id: UUID) -> tuple[int, bytes]:
    """Status and body, without what differs between any two answers."""
    got = getattr(client, method)(path)
    body = TOKEN.sub(b"", got.content).replace(str(id).encode(), b"")
    return got.status_code, body


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_and_act_of_it_looks_like_that_of_a_proposal_that_never_was(
    house: make.House, across: Proposal, method: str
) -> None:
    nobody = uuid4()
    assert len(addresses(across.pk)) > 12
    for account in (house.people.mia, house.people.marco):
        client = signed_in(account)
        for path, absent in zip(addresses(across.pk), addresses(nobody), strict=True):
            hidden, missing = answer(client, method, path, across.pk), answer(client, method, absent, nobody)
            assert (path, hidden) == (path, missing)
            assert hidden[0] in (404, 405), path
    across.refresh_from_db()
    assert across.state == "draft"
    assert not Decision.objects.exists()


def test_who_sees_all_of_it_has_its_page(house: make.House, across: Proposal) -> None:
    assert signed_in(house.people.fay).get(f"/reviews/{across.pk}/").status_code == 200


def test_no_list_names_it_or_its_goods(house: make.House, across: Proposal) -> None:
    assert str(across.pk) in signed_in(house.people.fay).get("/reviews/").content.decode()
    client = signed_in(house.people.mia)
    for path in ("/", "/reviews/", "/runs/", "/oncall/", "/audit/"):
        page = client.get(path)
        assert page.status_code in (200, 404), path
        assert str(across.pk) not in page.content.decode(), path
        assert "TNT-1" not in page.content.decode(), path


def export(account: object) -> list[dict[str, object]]:
    answer = signed_in(account).post("/audit/export/", {"format": "jsonl"})
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return [json.loads(line) for line in content.splitlines()]


def test_an_export_leaves_out_what_reaches_across(house: make.House, across: Proposal) -> None:
    own = propose(house, house.change(house.jacket_2, after=19_000))

    def proposals(lines: list[dict[str, object]]) -> set[str]:
        return {str(line["about"]["proposal"]) for line in lines if "proposal" in line["about"]}  # type: ignore[index,operator]

    assert proposals(export(house.people.fay)) == {str(across.pk), str(own.pk)}
    assert proposals(export(house.people.mia)) == {str(own.pk)}
    assert proposals(export(house.people.marco)) == set()
    assert AuditEvent.objects.filter(action="export.made").count() == 3
