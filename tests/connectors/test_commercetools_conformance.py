"""The commercetools connector passes the suite against an API that nobody here wrote."""

import pytest

from orchestr.connectors.base import Address, Target
from orchestr.connectors.commercetools import CONNECTOR
from orchestr.connectors.conformance import Conformance, Example, Subject
from tests.shops.commercetools.serve import Project

pytestmark = [pytest.mark.node, pytest.mark.shop]

CODE = Target(type="promotion", id="CONFORMANCE", ref="", field="definition", address=Address(channel="web-de"))
DEFINITION = {
    "title": "Conformance",
    "discount_bp": 1250,
    "skus": ["CT-SHELL-L", "CT-SHELL-M"],
    "min_order": {"amount": 5000, "currency": "EUR", "exponent": 2, "tax": "included"},
    "ends_at": "2030-01-01T00:00:00Z",
}


class TestCommercetools(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, commercetools: Project) -> Subject:
        return Subject(
            connector=CONNECTOR,
            system=commercetools.system,
            credentials={stage: commercetools.credentials(stage) for stage in ("read", "publish")},
            creations=(Example(target=CODE, before=None, after=DEFINITION),),
        )
