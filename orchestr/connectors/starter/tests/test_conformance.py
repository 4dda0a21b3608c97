"""The suite that every connector passes. Point `subject` at a sandbox of the real system: it puts back what it changes."""

from collections.abc import Iterator

import pytest

from orchestr.connectors.base import Credentials, SystemConfig
from orchestr.connectors.conformance import Conformance, Subject
from orchestr.connectors.starter import CONNECTOR
from orchestr.connectors.starter.tests.tiny_shop import TinyShop


class TestStarter(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls) -> Iterator[Subject]:
        shop = TinyShop()
        yield Subject(
            connector=CONNECTOR,
            system=SystemConfig(key="starter-test", kind="starter", url=shop.url),
            credentials={
                "read": Credentials(system="starter-test", purpose="read", secrets={"token": "may-read"}),
                "publish": Credentials(system="starter-test", purpose="publish", secrets={"token": "may-publish"}),
            },
        )
        shop.shutdown()
        shop.server_close()
