"""Connectors are found by entry point, and what is missing says the next step."""

import pytest

from orchestr.connectors import registry
from orchestr.connectors.base import CredentialMissing, SystemConfig
from orchestr.connectors.vendure import CONNECTOR


def test_our_connectors_are_installed() -> None:
    assert {"demo_erp", "demo_shop", "vendure"} <= set(registry.kinds())
    assert registry.get("vendure") is CONNECTOR


def test_an_unknown_kind_lists_those_there_are() -> None:
    with pytest.raises(registry.UnknownKind, match="vendure"):
        registry.get("shopware")


def test_a_session_needs_the_credential_of_its_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORCHESTR_CREDENTIAL_V_PUBLISH", raising=False)
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_V_READ", '{"api_key": "k"}')
    system = SystemConfig(key="v", kind="vendure", url="http://127.0.0.1:1/admin-api")
    registry.open(system, "read").close()
    with pytest.raises(CredentialMissing, match="ORCHESTR_CREDENTIAL_V_PUBLISH"):
        registry.open(system, "publish")
