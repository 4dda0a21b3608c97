"""The Tryton connector passes the suite against a real Tryton."""

import pytest

from orchestr.connectors.base import Credentials, SystemConfig
from orchestr.connectors.conformance import Conformance, Subject
from orchestr.connectors.tryton import CONNECTOR

pytestmark = [pytest.mark.shop, pytest.mark.slow]


class TestTryton(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, tryton_system: SystemConfig, tryton_credentials: dict[str, Credentials]) -> Subject:
        return Subject(
            connector=CONNECTOR,
            system=tryton_system,
            credentials={stage: tryton_credentials[stage] for stage in ("read", "publish")},
        )
