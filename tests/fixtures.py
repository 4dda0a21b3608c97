"""What every room's tests may ask for: the company, and the shelves its systems stand for."""

from collections.abc import Iterator

import pytest
import shelf
from pytest_django import DjangoDbBlocker

from orchestr.agents import uses
from orchestr.catalogue.systems import close_idle
from tests import make
from tests.make.kept import Kept, keep_house


@pytest.fixture
def shelves(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty shelves, and the credentials of the house's two systems for reading and publishing."""
    for system in ("SHOP", "ERP"):
        for stage in ("READ", "PUBLISH"):
            monkeypatch.setenv(f"ORCHESTR_CREDENTIAL_{system}_{stage}", "shelf")
    shelf.clear()
    close_idle()
    yield
    shelf.clear()
    close_idle()


@pytest.fixture(scope="session")
def kept_house(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Kept:
    with django_db_blocker.unblock():
        return keep_house()


@pytest.fixture
def house(db: None, shelves: None, kept_house: Kept, monkeypatch: pytest.MonkeyPatch) -> make.House:
    """The whole small company, in a transaction that is rolled back. A test that commits calls `make.house()`.

    Its scopes are the same in every test, so what the process noted of their use is forgotten with each.
    """
    monkeypatch.setattr(uses, "_noted", {})
    return kept_house.lay_out(at=make.now())
