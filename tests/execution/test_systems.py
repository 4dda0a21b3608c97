"""A system is added switched off, put in use by two people, paused by one, removed while nothing rests on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from audit.models import AuditEvent
from orchestr.agents.models import Tool
from orchestr.catalogue import refresh
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of
from orchestr.execution.systems.configure import add_system, change_system, remove_system
from orchestr.execution.systems.use import ask_refresh, pause, request_use
from orchestr.execution.systems.wanted import Wanted, standing
from orchestr.freezes.models import Freeze
from orchestr.governance import control
from orchestr.refusal import Refusal
from tests import make

URL = "https://shop.example.org"


def wanted(**fields: Any) -> Wanted:
    return Wanted(**{"key": "second", "kind": "shelf", "name": "Second shop", "url": URL} | fields)


def refused(code: str, act: Any, **given: Any) -> Refusal:
    before = System.objects.count(), AuditEvent.objects.count()
    with pytest.raises(Refusal) as caught:
        act(**given)
    assert caught.value.code == code
    assert (System.objects.count(), AuditEvent.objects.count()) == before
    return caught.value


def in_use(house: make.House, **fields: Any) -> System:
    add_system(wanted=wanted(**fields), by=house.people.ada, at=make.now())
    asked = request_use(wanted=wanted(**fields), reason="Second brand.", by=house.people.ada, at=make.now())
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.fay, at=make.now())
    return System.objects.get(key="second")


def test_what_is_added_is_read_by_nobody_and_guarded(house: make.House) -> None:
    system = add_system(wanted=wanted(settings={"refresh_s": 30}), by=house.people.ada, at=make.now())
    assert (system.enabled, system.guarded, system.settings) == (False, True, {"refresh_s": 30})
    assert system not in refresh.due(at=make.now() + timedelta(days=1))
    may_reach = config_of(system).may_reach
    assert may_reach is not None
    assert not may_reach("shop.example.org", "10.0.0.7")
    assert may_reach("shop.example.org", "93.184.215.14")
    event = AuditEvent.objects.get(action="connector.added")
    assert event.data == {"key": "second", "kind": "shelf"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"key": "Second"}, "system_impossible"),
        ({"key": "add"}, "system_impossible"),
        ({"kind": "nothing"}, "system_impossible"),
        ({"kind": "commercetools"}, "system_impossible"),  # its project is missing
        ({"kind": "files", "url": "files:erp", "settings": {"feeds": [{"file": "../x.csv"}]}}, "system_impossible"),
        ({"kind": "files", "url": "http://127.0.0.1"}, "system_impossible"),
        ({"url": "http://shop.example.org"}, "address_not_https"),
        ({"url": "https://127.0.0.1"}, "address_not_public"),
        ({"url": "https://169.254.169.254/latest"}, "address_not_public"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "address_not_public"),
        ({"url": "https://shop.example.org:8443"}, "address_port"),
        ({"url": "https://a:b@shop.example.org"}, "address_unreadable"),
        (
            {"kind": "commercetools", "settings": {"project": "x", "auth_url": "https://10.0.0.1"}},
            "address_not_public",
        ),
        ({"key": "shop"}, "key_taken"),
    ],
)
def test_refuses_what_cannot_be_so(house: make.House, fields: dict[str, Any], code: str) -> None:
    refused(code, add_system, wanted=wanted(**fields), by=house.people.ada, at=make.now())


def test_refuses_a_key_that_names_anothers_credentials(house: make.House) -> None:
    System.objects.filter(pk=house.erp.pk).update(key="erp_main")
    refused("credentials_shared", add_system, wanted=wanted(key="erp-main"), by=house.people.ada, at=make.now())


@pytest.mark.parametrize("who", ["mia", "fay", "omar", "aud"])
def test_refuses_whoever_is_no_admin(house: make.House, who: str) -> None:
    by = getattr(house.people, who)
    refused("function_missing", add_system, wanted=wanted(), by=by, at=make.now())
    refused("function_missing", pause, key="shop", why="No.", by=by, at=make.now())
    refused("function_missing", remove_system, key="shop", by=by, at=make.now())
    refused("function_missing", request_use, wanted=standing(house.shop), reason="No.", by=by, at=make.now())


def test_only_a_second_person_puts_it_in_use_and_then_its_tools_are_there(house: make.House) -> None:
    add_system(wanted=wanted(), by=house.people.ada, at=make.now())
    asked = request_use(wanted=wanted(), reason="Second brand.", by=house.people.ada, at=make.now())
    assert not Tool.objects.filter(system__key="second").exists()
    refused("own_request", control.confirm, change_id=asked.pk, digest=asked.digest, by=house.people.ada, at=make.now())
    at = make.now()
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.fay, at=at)
    system = System.objects.get(key="second")
    assert (system.enabled, system.asked_at) == (True, at)
    assert system in refresh.due(at=at)
    assert Tool.objects.filter(system=system, withdrawn_at=None).exists()
    assert AuditEvent.objects.filter(action="connector.put_in_use", about__system=str(system.pk)).count() == 1


def test_what_moved_since_it_was_asked_for_is_not_put_in_use(house: make.House) -> None:
    add_system(wanted=wanted(), by=house.people.ada, at=make.now())
    asked = request_use(wanted=wanted(), reason="Second brand.", by=house.people.ada, at=make.now())
    refused("already_requested", change_system, wanted=wanted(name="Third"), by=house.people.ada, at=make.now())
    System.objects.filter(key="second").update(url="https://elsewhere.example.org")
    with pytest.raises(Refusal) as caught:
        control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.fay, at=make.now())
    assert caught.value.code == "system_moved"


def test_another_address_of_one_in_use_takes_two_people_and_everything_is_read_anew(house: make.House) -> None:
    in_use(house)
    refused("in_use", change_system, wanted=wanted(url="https://new.example.org"), by=house.people.ada, at=make.now())
    moved = wanted(url="https://new.example.org")
    asked = request_use(wanted=moved, reason="It moved.", by=house.people.ada, at=make.now())
    assert System.objects.get(key="second").url == URL
    at = make.now()
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.lena, at=at)
    system = System.objects.get(key="second")
    assert (system.url, system.asked_at) == ("https://new.example.org", at)
    refused("nothing_changed", request_use, wanted=moved, reason="Again.", by=house.people.ada, at=make.now())


def test_pausing_stops_reads_writes_and_tools_at_once_and_resuming_takes_two(house: make.House) -> None:
    system = in_use(house)
    pause(key="second", why="It answers nonsense.", by=house.people.ada, at=make.now())
    system.refresh_from_db()
    stop = Freeze.objects.get(kind="connector", key="second", thawed_at=None)
    assert (system.enabled, system.stop_id) == (False, stop.pk)
    assert system not in refresh.due(at=make.now() + timedelta(days=1))
    assert not Tool.objects.filter(system=system, withdrawn_at=None).exists()
    refused("not_in_use", pause, key="second", why="Again.", by=house.people.ada, at=make.now())
    refused("not_in_use", ask_refresh, key="second", by=house.people.ada, at=make.now())
    asked = request_use(wanted=standing(system), reason="Mended.", by=house.people.ada, at=make.now())
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.fay, at=make.now())
    system.refresh_from_db()
    stop.refresh_from_db()
    assert (system.enabled, system.stop_id, stop.thawed_at is None) == (True, None, False)
    assert Tool.objects.filter(system=system, withdrawn_at=None).exists()


def test_what_the_deployment_set_up_itself_is_paused_and_resumed_at_its_own_address(house: make.House) -> None:
    """Its address lies inside, and nobody has named another; one that people name does not lead there."""
    pause(key="shop", why="Looking.", by=house.people.ada, at=make.now())
    assert Tool.objects.filter(system=house.erp, withdrawn_at=None).exists()
    house.shop.refresh_from_db()
    asked = request_use(wanted=standing(house.shop), reason="It is well.", by=house.people.ada, at=make.now())
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.fay, at=make.now())
    house.shop.refresh_from_db()
    assert (house.shop.enabled, house.shop.guarded) == (True, False)
    elsewhere = replace(standing(house.shop), url="http://127.0.0.1:10")
    refused("address_not_https", request_use, wanted=elsewhere, reason="Moved.", by=house.people.ada, at=make.now())


def test_resuming_leaves_a_freeze_that_somebody_else_set(house: make.House) -> None:
    from audit.record import Actor
    from orchestr.freezes.freeze import freeze
    from orchestr.freezes.targets import Target

    in_use(house)
    omar = house.people.omar
    by = Actor.person(account_id=omar.pk, person_id=omar.person_id)
    stood = freeze(target=Target("connector", "second"), why="Wrong prices.", by=by, at=make.now())
    pause(key="second", why="Looking.", by=house.people.ada, at=make.now())
    asked = request_use(wanted=wanted(), reason="Mended.", by=house.people.ada, at=make.now())
    control.confirm(change_id=asked.pk, digest=asked.digest, by=house.people.fay, at=make.now())
    stood.refresh_from_db()
    assert stood.thawed_at is None


def test_what_was_never_in_use_can_be_removed_and_nothing_else(house: make.House) -> None:
    add_system(wanted=wanted(), by=house.people.ada, at=make.now())
    refused("rested_on", remove_system, key="shop", by=house.people.ada, at=make.now())
    asked = request_use(wanted=wanted(), reason="Second brand.", by=house.people.ada, at=make.now())
    refused("already_requested", remove_system, key="second", by=house.people.ada, at=make.now())
    control.reject(change_id=asked.pk, by=house.people.ada, at=make.now())
    remove_system(key="second", by=house.people.ada, at=make.now())
    assert not System.objects.filter(key="second").exists()
    in_use(house)
    pause(key="second", why="Not now.", by=house.people.ada, at=make.now())
    refused("rested_on", remove_system, key="second", by=house.people.ada, at=make.now())


def test_what_somebody_asked_for_is_read_in_full_before_it_is_due(house: make.House) -> None:
    at = make.now()
    System.objects.filter(pk=house.shop.pk).update(refreshed_at=at, swept_at=at)
    assert house.shop not in refresh.due(at=at)
    ask_refresh(key="shop", by=house.people.ada, at=at + timedelta(seconds=1))
    (due,) = [each for each in refresh.due(at=at + timedelta(seconds=1)) if each.key == "shop"]
    assert refresh.claim(due, at=at + timedelta(seconds=1))
    assert refresh.refresh(due, clock=lambda: at + timedelta(seconds=2)).full
    assert house.shop not in refresh.due(at=at + timedelta(seconds=3))
