"""How commercetools fails, and what is said of it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    Credentials,
    NotSent,
    Rejected,
    Session,
    SystemRefused,
    SystemUnavailable,
)
from orchestr.connectors.commercetools import CONNECTOR
from tests.connectors.test_commercetools import PRICE, euros, live, price_of, write
from tests.shops.commercetools.rest import Rest
from tests.shops.commercetools.serve import Project

pytestmark = [pytest.mark.node, pytest.mark.shop]

MOVED = {"when": "before", "method": "POST", "path": "/products/", "status": 409, "code": "ConcurrentModification"}


@pytest.fixture
def publisher(commercetools: Project) -> Iterator[Session]:
    session = CONNECTOR.open(commercetools.system, commercetools.credentials("publish"), "publish")
    yield session
    session.close()


@pytest.fixture
def admin(commercetools: Project) -> Iterator[Rest]:
    yield commercetools.admin
    commercetools.admin.script()


def test_a_version_that_moved_a_few_times_is_read_again(publisher: Session, admin: Rest) -> None:
    version = admin.product("CT-SHELL-L")["version"]
    admin.script({**MOVED, "times": 5})
    assert isinstance(write(publisher, PRICE, euros(16_900), euros(16_800)), Accepted)
    assert admin.product("CT-SHELL-L")["version"] == version + 1
    assert isinstance(write(publisher, PRICE, euros(16_800), euros(16_900)), Accepted)


def test_a_version_that_always_moves_was_never_written(publisher: Session, admin: Rest) -> None:
    before = admin.product("CT-SHELL-L")["version"]
    admin.script({**MOVED, "times": 1_000})
    assert isinstance(write(publisher, PRICE, euros(16_900), euros(16_800)), NotSent)
    assert admin.product("CT-SHELL-L")["version"] == before


def test_a_limit_is_not_sent_and_says_when_to_come_again(publisher: Session, admin: Rest) -> None:
    limit = {"when": "before", "path": "/products", "status": 429, "times": 1, "headers": {"retry-after": "7"}}
    admin.script({**limit, "method": "POST"})
    assert write(publisher, PRICE, euros(16_900), euros(16_800)) == NotSent(
        reason="commercetools is limiting our requests.", retry_after_s=7.0
    )
    admin.script({**limit, "method": "GET"})
    with pytest.raises(SystemUnavailable) as busy:
        publisher.read([PRICE])
    assert (busy.value.code, busy.value.retry_after_s) == ("rate_limited", 7.0)
    assert live(publisher, PRICE) == euros(16_900)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_after_the_change_was_made_is_ambiguous(publisher: Session, admin: Rest, status: int) -> None:
    admin.script({"when": "after", "method": "POST", "path": "/products/", "status": status, "times": 1})
    assert isinstance(write(publisher, PRICE, euros(16_900), euros(16_800)), Ambiguous)
    assert price_of(admin.product("CT-SHELL-L"), "CT-SHELL-L") == 16_800, "It was made all the same."
    assert isinstance(write(publisher, PRICE, euros(16_800), euros(16_900)), Accepted)


def test_sending_an_ambiguous_write_again_has_no_second_effect(publisher: Session, admin: Rest) -> None:
    version = admin.product("CT-SHELL-L")["version"]
    admin.script({"when": "after", "method": "POST", "path": "/products/", "status": 503, "times": 1})
    write(publisher, PRICE, euros(16_900), euros(16_800))
    again = write(publisher, PRICE, euros(16_900), euros(16_800))
    assert getattr(again, "live", None) == euros(16_800)
    assert admin.product("CT-SHELL-L")["version"] == version + 1
    assert isinstance(write(publisher, PRICE, euros(16_800), euros(16_900)), Accepted)


def test_a_token_that_ended_is_renewed_and_nothing_is_written_twice(publisher: Session, admin: Rest) -> None:
    assert live(publisher, PRICE) == euros(16_900)
    version = admin.product("CT-SHELL-L")["version"]
    publisher._client._token = "ended"  # type: ignore[attr-defined]
    assert isinstance(write(publisher, PRICE, euros(16_900), euros(16_800)), Accepted)
    assert admin.product("CT-SHELL-L")["version"] == version + 1
    assert isinstance(write(publisher, PRICE, euros(16_800), euros(16_900)), Accepted)


def test_a_wrong_secret_is_a_refusal_not_a_retry(commercetools: Project) -> None:
    wrong = Credentials(
        system="commercetools",
        purpose="publish",
        secrets={"client_id": "client-publish", "client_secret": "wrong"},
    )
    session = CONNECTOR.open(commercetools.system, wrong, "publish")
    outcome = write(session, PRICE, euros(16_900), euros(16_800))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "sign_in_refused"
    with pytest.raises(SystemRefused):
        session.read([PRICE])
    session.close()


def test_the_reading_client_cannot_write_and_is_told_so(commercetools: Project, admin: Rest) -> None:
    session = CONNECTOR.open(commercetools.system, commercetools.credentials("read"), "publish")
    version = admin.product("CT-SHELL-L")["version"]
    outcome = write(session, PRICE, euros(16_900), euros(16_800))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "insufficient_scope"
    assert admin.product("CT-SHELL-L")["version"] == version
    session.close()


def test_a_sku_that_breaks_out_of_its_quotes_names_nothing(publisher: Session) -> None:
    for sku in ('x" or sku != "', 'x") or sku in ("CT-CAP', "\\", "\u2028"):
        assert live(publisher, replace(PRICE, id=sku)) is None
