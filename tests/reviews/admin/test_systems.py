"""The pages that set a system up: choosing, the declared form, trying, putting in use, progress."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from audit.models import AuditEvent
from orchestr.catalogue import refresh
from orchestr.catalogue.models import FieldValue, System
from orchestr.governance.models import ControlChange
from tests import make
from tests.connectors.feeds import drop
from tests.reviews.admin.doors import actions_since, events, one_refusal, signed_in

FEEDS = """[{"file": "costs.csv", "id": "SKU", "settle_s": 0,
  "columns": [{"column": "Cost", "field": "cost", "currency": "EUR"},
              {"column": "Floor", "field": "minimum_price", "currency": "EUR"}]}]"""
FORM = {"key": "erp-files", "name": "ERP exports", "url": "files:erp", "set_feeds": FEEDS, "set_refresh_s": "60"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ERP's folder, named by a credential in the mounted folder of this process."""
    mounted, exports = tmp_path / "mounted", tmp_path / "exports"
    mounted.mkdir()
    exports.mkdir()
    (mounted / "ERP_FILES_READ").write_text(str(exports))
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_FOLDER", str(mounted))
    return exports


@pytest.fixture
def ada(house: make.House) -> Client:
    return signed_in(house.people.ada)


def added(ada: Client) -> System:
    assert ada.post("/connectors/add/files/", FORM).status_code == 302
    return System.objects.get(key="erp-files")


def page(client: Client, key: str = "erp-files") -> str:
    answer = client.get(f"/connectors/{key}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_installed_kind_is_offered_with_its_own_form(ada: Client) -> None:
    offered = ada.get("/connectors/add/").content.decode()
    for kind in ("commercetools", "files", "shelf", "tryton", "vendure"):
        assert f'data-kind="{kind}"' in offered
        assert ada.get(f"/connectors/add/{kind}/").status_code == 200
    commercetools = ada.get("/connectors/add/commercetools/").context["form"]
    assert commercetools.fields["set_project"].required
    assert "set" in ada.get("/connectors/add/shelf/").context["form"].fields  # it declares nothing
    assert ada.get("/connectors/add/nothing/").status_code == 404


def test_a_folder_of_files_is_set_up_from_nothing_to_its_first_value(
    ada: Client, house: make.House, folder: Path
) -> None:
    drop(folder, "costs.csv", "SKU,Cost,Floor\nJKT-1,81.50,150.00\n", age_s=60)
    seen = events()
    system = added(ada)
    assert system.settings["feeds"][0]["file"] == "costs.csv"
    assert system.settings["refresh_s"] == 60
    assert "It was never in use" in page(ada)

    tried = ada.post("/connectors/erp-files/try/").content.decode()
    assert 'data-outcome="well"' in tried
    assert "variant JKT-1: cost" in tried
    assert "81.50" not in tried
    assert not FieldValue.objects.filter(system=system).exists()

    assert ada.post("/connectors/erp-files/use/", {"why": "Costs for the margin rules."}).status_code == 302
    change = ControlChange.objects.get()
    assert "Put the system ERP exports in use" in ada.get("/controls/").content.decode()
    fay = signed_in(house.people.fay)
    assert fay.post(f"/controls/{change.pk}/confirm/", {"digest": change.digest}).status_code == 302
    assert "waits to be read" in page(ada)

    (due,) = [each for each in refresh.due(at=make.now()) if each.key == "erp-files"]
    assert refresh.claim(due, at=make.now())
    assert refresh.refresh(due).failure == ""
    value = FieldValue.objects.get(system=system, field="minimum_price")
    assert value.value == {"amount": 15_000, "currency": "EUR", "exponent": 2, "tax": "included"}
    read = page(ada)
    assert 'data-values="2"' in read
    assert "hx-trigger" not in read.split('id="course"')[1].split(">")[0]
    assert [each for each in actions_since(seen) if each.startswith(("connector", "control"))] == [
        "connector.added",
        "connector.tried",
        "control_change.requested",
        "connector.put_in_use",
        "control_change.confirmed",
    ]


def test_what_is_wrong_with_the_connection_is_said_plainly(ada: Client, folder: Path) -> None:
    added(ada)
    answer = ada.post("/connectors/erp-files/try/").content.decode()
    assert 'data-outcome="no_file"' in answer
    assert "There is no file costs.csv in the folder." in answer
    event = AuditEvent.objects.get(action="connector.tried")
    assert event.data["outcome"] == "no_file"


def test_a_missing_credential_is_named_and_no_secret_is_shown(ada: Client, folder: Path) -> None:
    added(ada)
    assert str(folder) not in page(ada)
    assert "is there" in page(ada)
    (folder.parent / "mounted" / "ERP_FILES_READ").unlink()
    assert "is missing" in page(ada)
    answer = ada.post("/connectors/erp-files/try/").content.decode()
    assert 'data-outcome="credential_missing"' in answer
    assert "ORCHESTR_CREDENTIAL_ERP_FILES_READ" in answer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"set_feeds": "[{"}, "form_unreadable"),
        ({"set_feeds": ""}, "form_unreadable"),
        ({"key": "Erp Files"}, "form_unreadable"),
        ({"set_feeds": '[{"file": "costs.csv"}]'}, "system_impossible"),
        ({"url": "https://10.0.0.1/"}, "system_impossible"),
        ({"key": "shop"}, "key_taken"),
    ],
)
def test_refuses_a_form_that_cannot_be_so(house: make.House, ada: Client, change: dict[str, str], code: str) -> None:
    with one_refusal(code, by=house.people.ada):
        answer = ada.post("/connectors/add/files/", FORM | change)
    assert answer.status_code in (409, 422)
    assert answer.context["form"].errors


def test_an_address_inside_is_refused_where_the_form_stands(house: make.House, ada: Client) -> None:
    given = {"key": "vendure", "name": "Vendure", "url": "https://10.1.2.3/admin-api"}
    with one_refusal("address_not_public", by=house.people.ada):
        answer = ada.post("/connectors/add/vendure/", given)
    assert answer.status_code == 422
    assert "leads into a network" in answer.content.decode()


def test_a_name_that_leads_inside_is_found_when_it_is_tried(
    house: make.House, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHESTR_CREDENTIAL_INSIDE_READ", "secret-token")
    given = {"key": "inside", "name": "Inside", "url": "https://localhost/admin-api"}
    assert ada.post("/connectors/add/vendure/", given).status_code == 302
    answer = ada.post("/connectors/inside/try/").content.decode()
    assert 'data-outcome="address_not_public"' in answer
    assert "secret-token" not in answer


def test_settings_come_back_as_they_were_typed(ada: Client) -> None:
    given = {
        "key": "vendure", "name": "Vendure", "url": "https://shop.example.org/admin-api",
        "set_channels": "web-de = __default_channel__\nweb-uk = uk", "set_precision": "2",
    }  # fmt: skip
    assert ada.post("/connectors/add/vendure/", given).status_code == 302
    system = System.objects.get(key="vendure")
    assert system.settings == {"channels": {"web-de": "__default_channel__", "web-uk": "uk"}, "precision": 2}
    form: Any = ada.get("/connectors/vendure/change/").context["form"]
    assert form["set_channels"].value() == given["set_channels"]
    assert ada.post("/connectors/vendure/change/", given | {"set_precision": ""}).status_code == 302
    assert System.objects.get(key="vendure").settings == {"channels": system.settings["channels"]}


def test_a_change_of_one_in_use_waits_for_a_second_person(house: make.House, ada: Client) -> None:
    given = {"name": "The shop", "url": "https://shop.example.org", "set": '{"role": "shop"}', "reason": "It moved."}
    assert ada.post("/connectors/shop/change/", given).status_code == 302
    house.shop.refresh_from_db()
    assert house.shop.url == "http://127.0.0.1:9"
    assert "Change the system The shop" in ada.get("/controls/").content.decode()


def test_pausing_and_removing_from_the_page(house: make.House, ada: Client) -> None:
    added(ada)
    assert ada.post("/connectors/erp-files/remove/").status_code == 302
    assert not System.objects.filter(key="erp-files").exists()
    with one_refusal("form_unreadable", by=house.people.ada):
        assert ada.post("/connectors/shop/pause/", {"why": ""}).status_code == 422
    assert ada.post("/connectors/shop/pause/", {"why": "Nonsense."}).status_code == 302
    assert "It is paused" in page(ada, "shop")
    with one_refusal("rested_on", by=house.people.ada):
        assert ada.post("/connectors/shop/remove/").status_code == 409


def test_on_call_reads_the_page_and_is_offered_nothing(house: make.House, ada: Client) -> None:
    added(ada)
    assert "data-act" not in page(signed_in(house.people.omar)).split("<main")[1]


def test_the_commands_add_try_and_read(
    house: make.House, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(folder, "costs.csv", "SKU,Cost,Floor\nJKT-1,81.50,150.00\n", age_s=60)
    settings = tmp_path / "settings.json"
    settings.write_text(f'{{"feeds": {FEEDS}}}')
    given = ("erp-files", "files", "files:erp", "--configuration", str(settings), "--as", "ada")
    call_command("add_system", *given, "--try", "--use", "Costs.")
    said = capsys.readouterr().out
    assert "ORCHESTR_CREDENTIAL_ERP_FILES_READ" in said
    assert "It answered: 1 things" in said
    assert str(folder) not in said
    with pytest.raises(CommandError, match="not in use"):
        call_command("refresh_system", "erp-files")
    System.objects.filter(key="erp-files").update(enabled=True)
    call_command("refresh_system", "erp-files")
    assert "1 things read, 2 values changed." in capsys.readouterr().out
    before = System.objects.count()
    with pytest.raises(CommandError, match="There is a system with this key"):
        call_command("add_system", *given)
    assert System.objects.count() == before
    assert AuditEvent.objects.filter(action="refused", data__code="key_taken").count() == 1
