"""The real systems that connectors are held to."""

from collections.abc import Iterator

import pytest

from demo.vendure.graphql import Graphql
from demo.vendure.serve import Vendure
from orchestr.connectors.base import Credentials, Session, SystemConfig
from orchestr.connectors.vendure import CONNECTOR
from tests.shops.commercetools.serve import commercetools
from tests.shops.demo import demo_erp, demo_shop, erp, shop
from tests.shops.tryton import bookkeeper, tryton, tryton_credentials, tryton_system
from tests.shops.vendure import vendure, vendure_credentials, vendure_system

__all__ = [
    "bookkeeper",
    "commercetools",
    "demo_erp",
    "demo_shop",
    "erp",
    "shop",
    "tryton",
    "tryton_credentials",
    "tryton_system",
    "vendure",
    "vendure_credentials",
    "vendure_system",
]


@pytest.fixture(scope="session")
def other_login(vendure: Vendure) -> Graphql:
    """Somebody else at Vendure's own admin, through nothing of ours."""
    admin = Graphql(vendure.url)
    admin.sign_in(vendure.username, vendure.password)
    return admin


@pytest.fixture
def vendure_reader(vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]) -> Iterator[Session]:
    session = CONNECTOR.open(vendure_system, vendure_credentials["read"], "read")
    yield session
    session.close()


@pytest.fixture
def vendure_publisher(vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]) -> Iterator[Session]:
    session = CONNECTOR.open(vendure_system, vendure_credentials["publish"], "publish")
    yield session
    session.close()
