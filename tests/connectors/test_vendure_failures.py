"""How a real Vendure fails, and who may do what there."""

import os
import signal

import pytest

from demo.vendure.graphql import Graphql
from demo.vendure.serve import Vendure
from orchestr.connectors.base import (
    Accepted,
    Ambiguous,
    Credentials,
    NotSent,
    Rejected,
    Session,
    SystemConfig,
    SystemRefused,
    SystemUnavailable,
)
from orchestr.connectors.vendure import CONNECTOR, documents
from orchestr.connectors.vendure.client import Client
from orchestr.connectors.vendure.write import outcome_of
from tests.connectors.vendure_acts import PRICE, edit_price, euros, eventually, price_of, write

pytestmark = [pytest.mark.node, pytest.mark.shop]


@pytest.fixture
def reader(vendure_reader: Session) -> Session:
    return vendure_reader


@pytest.fixture
def publisher(vendure_publisher: Session) -> Session:
    return vendure_publisher


def test_the_reading_role_cannot_write(
    vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials], other_login: Graphql
) -> None:
    before = price_of(other_login)
    session = CONNECTOR.open(vendure_system, vendure_credentials["read"], "publish")
    outcome = write(session, PRICE, euros(before), euros(before - 1))
    session.close()
    assert isinstance(outcome, Rejected)
    assert outcome.code == "forbidden"
    assert price_of(other_login) == before


def test_the_publishing_role_cannot_touch_people_or_settings(
    vendure: Vendure, vendure_credentials: dict[str, Credentials]
) -> None:
    key = Graphql(vendure.url, headers={"vendure-api-key": vendure_credentials["publish"]["api_key"]})
    for document in (
        "{ administrators { totalItems } }",
        "{ customers { items { emailAddress } } }",
        "mutation { updateChannel(input: {id: 1, pricesIncludeTax: false}) { __typename } }",
        "mutation { deleteProduct(id: 1) { result } }",
    ):
        with pytest.raises(RuntimeError, match="not currently authorized"):
            key.run(document)


def test_a_name_and_password_do_as_well_as_a_key(vendure: Vendure, vendure_system: SystemConfig) -> None:
    secrets = {"username": vendure.username, "password": vendure.password}
    session = CONNECTOR.open(
        vendure_system, Credentials(system="vendure", purpose="publish", secrets=secrets), "publish"
    )
    (seen,) = session.read([PRICE])
    assert write(session, PRICE, seen.value, euros(seen.value["amount"] + 1)) == Accepted(ref="1")
    # A session that ended at Vendure's side is opened again, and nothing is written twice.
    session._client._session_token = "ended"  # type: ignore[attr-defined]
    assert write(session, PRICE, euros(seen.value["amount"] + 1), seen.value) == Accepted(ref="1")
    session.close()


def test_a_wrong_password_is_a_refusal_not_a_retry(vendure_system: SystemConfig) -> None:
    wrong = Credentials(system="vendure", purpose="publish", secrets={"username": "superadmin", "password": "wrong"})
    outcome = write(CONNECTOR.open(vendure_system, wrong, "publish"), PRICE, euros(1), euros(2))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "sign_in_refused"


def test_all_three_shapes_of_error_are_refusals(
    vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials], other_login: Graphql
) -> None:
    client = Client(vendure_system, vendure_credentials["publish"])
    gone = {"input": {"id": "999999", "prices": [{"currencyCode": "EUR", "price": 1}]}}
    top_level = client.mutate(documents.UPDATE_VARIANT, gone, channel=None, timeout_s=10)
    assert isinstance(top_level, Rejected)
    assert top_level.code == "entity_not_found"
    empty = {"input": {"enabled": True, "conditions": [], "actions": [], "translations": []}}
    union = client.mutate(documents.CREATE_PROMOTION, empty, channel=None, timeout_s=10)
    assert isinstance(union, dict)
    refused = outcome_of(union)
    assert isinstance(refused, Rejected)
    assert refused.code == "missing_conditions_error"
    used = other_login.run("{ shippingMethods { items { id } } taxCategories { items { id } } }")
    kept = other_login.run(
        "mutation($id: ID!) { deleteTaxCategory(id: $id) { result message } }",
        {"id": used["taxCategories"]["items"][0]["id"]},
    )
    not_deleted = outcome_of(kept)
    assert isinstance(not_deleted, Rejected)
    assert not_deleted.code == "not_deleted"
    client.close()


def test_a_document_vendure_cannot_read_is_refused(
    vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]
) -> None:
    client = Client(vendure_system, vendure_credentials["read"])
    with pytest.raises(SystemRefused) as refused:
        client.query("{ nonsense }", {})
    assert refused.value.code == "graphql_validation_failed"
    client.close()


@pytest.mark.faults
def test_a_shop_frozen_during_the_write_is_ambiguous_and_the_write_lands_later(
    vendure: Vendure, vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials], other_login: Graphql
) -> None:
    before = price_of(other_login)
    client = Client(vendure_system, vendure_credentials["publish"])
    client.query("{ __typename }", {})  # the connection is open: what follows is sent
    os.kill(vendure.process.pid, signal.SIGSTOP)
    try:
        variables = {"input": {"id": "1", "prices": [{"currencyCode": "EUR", "price": before - 300}]}}
        outcome = client.mutate(documents.UPDATE_VARIANT, variables, channel=None, timeout_s=0.5)
        assert isinstance(outcome, Ambiguous)
        with pytest.raises(SystemUnavailable):
            client.query("{ __typename }", {}, timeout_s=0.5)
    finally:
        os.kill(vendure.process.pid, signal.SIGCONT)
    assert eventually(lambda: price_of(other_login) == before - 300)
    edit_price(other_login, before)
    client.close()


@pytest.mark.faults
def test_a_shop_frozen_before_the_write_was_sent_nothing(
    vendure: Vendure, publisher: Session, other_login: Graphql
) -> None:
    before = price_of(other_login)
    publisher.read([PRICE])
    os.kill(vendure.process.pid, signal.SIGSTOP)
    try:
        outcome = write(publisher, PRICE, euros(before), euros(before - 300), timeout_s=0.5)
    finally:
        os.kill(vendure.process.pid, signal.SIGCONT)
    assert isinstance(outcome, NotSent)
    publisher.read([PRICE])  # whatever was waiting at the shop is answered before this
    assert price_of(other_login) == before
