"""Every page of the set-up opens for who may see it, says what there is, and changes nothing."""

from datetime import timedelta

from audit.models import AuditEvent
from orchestr.agents.models import Scope, Tool
from tests import make, people
from tests.reviews.admin.doors import rows, signed_in


def pages(house: make.House) -> list[str]:
    tool = Tool.objects.get(name="shop.set_price")
    return [
        "/agents/",
        "/agents/register/",
        "/agents/repricer/",
        "/tools/",
        "/tools/?agent=repricer",
        f"/tools/repricer/{tool.pk}/",
        "/workflows/",
        "/workflows/define/",
        "/workflows/clearance/",
        "/workflows/clearance/change/",
        "/triggers/",
        "/triggers/define/",
        "/events/",
        "/controls/",
        "/people/",
        f"/people/{house.people.mia.pk}/",
        "/policy/",
        "/policy/1/",
        "/policy/draft/",
        "/connectors/",
    ]


def test_every_page_opens_for_an_admin_and_looking_changes_nothing(house: make.House) -> None:
    client, before, events = signed_in(house.people.ada), rows(), AuditEvent.objects.count()
    for address in pages(house):
        assert client.get(address).status_code == 200, address
    assert (rows(), AuditEvent.objects.count()) == (before, events)


def test_an_unused_scope_is_marked_after_30_days(house: make.House) -> None:
    used, fresh = Scope.objects.order_by("id")[:2]
    Scope.objects.exclude(pk=fresh.pk).update(last_used_at=make.now() - timedelta(days=1))
    Scope.objects.filter(pk=used.pk).update(last_used_at=make.now() - timedelta(days=31))
    Scope.objects.filter(pk=fresh.pk).update(granted_at=make.now() - timedelta(days=29))
    answer = signed_in(house.people.ada).get("/tools/")
    assert answer.context["unused"] == 1


def test_people_with_several_accounts_are_named(house: make.House) -> None:
    people.account("mia-2", ["finance"], person=house.people.mia.person)
    assert "one person with 2 accounts" in signed_in(house.people.ada).get("/people/").content.decode()


def test_an_auditor_looks_and_is_offered_no_act(house: make.House) -> None:
    client = signed_in(house.people.aud)
    for address in ("/agents/", "/agents/repricer/", "/tools/", "/workflows/", "/workflows/clearance/", "/people/",
                    f"/people/{house.people.mia.pk}/", "/policy/", "/controls/"):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
        assert '<form method="post"' not in main, address


def test_an_empty_house_says_what_will_appear(db: None) -> None:
    client = signed_in(people.account("ada", ["admin"]))
    for address in ("/agents/", "/tools/", "/workflows/", "/triggers/", "/events/", "/controls/", "/policy/", "/policy/draft/",
                    "/connectors/"):  # fmt: skip
        assert client.get(address).status_code == 200, address
