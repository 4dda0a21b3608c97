"""The connectors of the demonstration pass the suite against its servers."""

import pytest

from orchestr.connectors.base import Address, Target
from orchestr.connectors.conformance import Conformance, Example, Subject
from orchestr.connectors.demo_erp import CONNECTOR as DEMO_ERP
from orchestr.connectors.demo_shop import CONNECTOR as DEMO_SHOP
from tests.shops.demo import Server

COUPON = Target(type="promotion", id="CONFORMANCE", ref="", field="definition", address=Address(channel="web-de"))
DEFINITION = {
    "title": "Conformance",
    "percent_bp": 1_250,
    "skus": ["FF-TNT-DOME-2P"],
    "starts_at": "2029-01-01T00:00:00Z",
    "ends_at": "2030-01-01T00:00:00Z",
}


def subject_of(server: Server, connector: object, creations: tuple[Example, ...] = ()) -> Subject:
    return Subject(
        connector=connector,  # type: ignore[arg-type]
        system=server.system,
        credentials={stage: server.credentials(stage) for stage in ("read", "publish")},
        creations=creations,
    )


class TestDemoShop(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, demo_shop: Server) -> Subject:
        return subject_of(demo_shop, DEMO_SHOP, (Example(target=COUPON, before=None, after=DEFINITION),))


class TestDemoErp(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, demo_erp: Server) -> Subject:
        return subject_of(demo_erp, DEMO_ERP)
