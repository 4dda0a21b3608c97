"""Each door to a live write, tried with what a worker for reading, drafts or staging holds."""

import itertools

import pytest

from orchestr.connectors import registry
from orchestr.connectors.base import Address, CredentialMissing, Credentials, Rejected, Stage, SystemConfig, Target
from orchestr.connectors.base import WriteRequest as Write
from orchestr.connectors.conformance.proxy import closed_port
from tests.connectors.feeds import ARTICLES

OURS = ("commercetools", "demo_erp", "demo_shop", "files", "tryton", "vendure")
BELOW: tuple[Stage, ...] = ("read", "draft", "stage")
SETTINGS = {"files": {"feeds": [ARTICLES]}, "commercetools": {"project": "p"}}
SECRETS = {"token": "t", "username": "u", "password": "p", "client_id": "c", "client_secret": "s"}
MONEY = {"amount": 1, "currency": "EUR", "exponent": 2, "tax": "included"}
REQUEST = Write(
    target=Target(type="variant", id="A", ref="", field="price", address=Address(channel="web", currency="EUR")),
    before=MONEY,
    after={**MONEY, "amount": 2},
    operation_key="k",
)


def system(kind: str) -> SystemConfig:
    """Nothing listens there: whatever asked the network would be NotSent."""
    url = f"http://127.0.0.1:{closed_port()}/db"
    return SystemConfig(key="live-shop", kind=kind, url=url, settings=SETTINGS.get(kind, {}))


def test_these_are_all_of_ours() -> None:
    assert set(OURS) | {"shelf"} == set(registry.kinds())


@pytest.mark.parametrize(("kind", "stage"), list(itertools.product(OURS, BELOW)))
def test_a_session_for_less_than_publishing_refuses_the_write_unsent(kind: str, stage: Stage) -> None:
    held = Credentials(system="live-shop", purpose=stage, secrets=SECRETS)
    session = registry.get(kind).open(system(kind), held, stage)
    outcome = session.write(REQUEST)
    session.close()
    assert isinstance(outcome, Rejected)
    assert outcome.code == "stage_forbidden"
    assert stage in outcome.message


@pytest.mark.parametrize(("kind", "stage"), list(itertools.product(OURS, BELOW)))
def test_a_process_with_a_lesser_credential_cannot_open_a_session_to_publish(
    kind: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ORCHESTR_CREDENTIAL_LIVE_SHOP_{stage.upper()}", "a-secret-of-the-lesser-stage")
    with pytest.raises(CredentialMissing) as missing:
        registry.open(system(kind), "publish")
    assert "ORCHESTR_CREDENTIAL_LIVE_SHOP_PUBLISH" in str(missing.value)
    assert "a-secret-of-the-lesser-stage" not in str(missing.value)


@pytest.mark.parametrize("kind", OURS)
def test_no_session_shows_what_it_was_opened_with(kind: str) -> None:
    secrets = {name: f"canary-{name}" for name in SECRETS}
    held = Credentials(system="live-shop", purpose="publish", secrets=secrets)
    session = registry.get(kind).open(system(kind), held, "publish")
    shown = f"{session!r} {vars(session)!r} {session.write(REQUEST)!r}"
    session.close()
    assert "canary" not in shown
