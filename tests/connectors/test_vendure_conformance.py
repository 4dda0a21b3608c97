"""The Vendure connector passes the suite against a real Vendure."""

import pytest

from demo.vendure.serve import Vendure
from orchestr.connectors.base import Address, Credentials, SystemConfig, Target
from orchestr.connectors.conformance import Conformance, Example, Subject
from orchestr.connectors.vendure import CONNECTOR

pytestmark = [pytest.mark.node, pytest.mark.shop]


class TestVendure(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(
        cls, vendure: Vendure, vendure_system: SystemConfig, vendure_credentials: dict[str, Credentials]
    ) -> Subject:
        coupon = Target(
            type="promotion", id="CONFORMANCE", ref="", field="definition", address=Address(channel="web-de")
        )
        definition = {
            "title": "Conformance",
            "discount_bp": 1250,
            "skus": ["L2201308"],
            "ends_at": "2030-01-01T00:00:00Z",
        }
        return Subject(
            connector=CONNECTOR,
            system=vendure_system,
            credentials={"read": vendure_credentials["read"], "publish": vendure_credentials["publish"]},
            creations=(Example(target=coupon, before=None, after=definition),),
        )
