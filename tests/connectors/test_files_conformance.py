"""The files connector passes the suite on a folder of CSV and XLSX."""

from pathlib import Path

import pytest

from orchestr.connectors.base import Credentials, SystemConfig
from orchestr.connectors.conformance import Conformance, Subject
from orchestr.connectors.files import CONNECTOR
from tests.connectors.feeds import ARTICLES, STOCK, drop, drop_sheet


class TestFiles(Conformance):
    @pytest.fixture(scope="class")
    @classmethod
    def subject(cls, tmp_path_factory: pytest.TempPathFactory) -> Subject:
        folder: Path = tmp_path_factory.mktemp("drop")
        drop(folder, "articles-1.csv", "SKU;EK netto;MwSt\nA-1;12,50;19\nB-2;1.234,00;7\n")
        drop_sheet(folder, "stock.xlsx", [["SKU", "Menge", "Lager"], ["A-1", 5, "01"], ["A-1", 3, "02"]])
        return Subject(
            connector=CONNECTOR,
            system=SystemConfig(key="erp-files", kind="files", url="files:erp", settings={"feeds": [ARTICLES, STOCK]}),
            credentials={
                stage: Credentials(system="erp-files", purpose=stage, secrets={"folder": str(folder)})
                for stage in ("read", "publish")
            },
        )
