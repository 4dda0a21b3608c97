"""What admins do to webhooks: each act once, on record, and the secret shown once and kept nowhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit.models import AuditEvent
from orchestr.people.webhooks import setup
from orchestr.people.webhooks.models import Webhook, WebhookDelivery
from orchestr.people.webhooks.secret import secret_of, signing
from orchestr.refusal import Refusal
from reviews.admin.webhook_rows import rows_of
from tests import make
from tests.reviews.admin.doors import one_refusal, rows, signed_in

URL = "https://pager.example/in/abc123"


def add(house: make.House, name: str = "Pager", **fields: Any) -> Webhook:
    values: dict[str, Any] = {"url": URL, "calls": True, "notices": False, "by": house.people.ada, "at": make.now()}
    with transaction.atomic():
        return setup.add_webhook(name=name, **(values | fields))


def do(act: Callable[..., Any], hook: Webhook, house: make.House, **fields: Any) -> Any:
    with transaction.atomic():
        return act(webhook_id=hook.pk, **({"by": house.people.ada, "at": make.now()} | fields))


def due_to(hook: Webhook) -> WebhookDelivery:
    return WebhookDelivery.objects.create(webhook=hook, created_at=make.now(), next_at=make.now())


def events() -> list[str]:
    return list(
        AuditEvent.objects.filter(action__startswith="webhook.").order_by("id").values_list("action", flat=True)
    )


def test_one_is_added_with_a_secret_of_its_own_and_its_event_names_no_address(house: make.House) -> None:
    pager, chat = add(house), add(house, "Chat", notices=True)
    assert secret_of(pager) != secret_of(chat)
    event = AuditEvent.objects.filter(action="webhook.added").order_by("id").first()
    assert event is not None
    assert (event.about, event.data) == ({"webhook": str(pager.pk)}, {"of": ["calls"]})
    assert b"pager.example" not in bytes(event.canonical)


def test_no_row_holds_the_secret(house: make.House) -> None:
    secret = secret_of(add(house)).removeprefix("whsec_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(w)::text FROM orchestr_webhook w")
        assert all(secret not in text for (text,) in cursor.fetchall())


def test_another_key_of_the_deployment_gives_other_secrets(house: make.House, settings: Any) -> None:
    hook = add(house)
    before = secret_of(hook)
    settings.SECRET_KEY = "another-key-of-another-deployment-0123456789"
    assert secret_of(hook) != before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "webhook_unnamed"),
        ({"name": "x" * 81}, "webhook_unnamed"),
        ({"calls": False}, "webhook_told_nothing"),
        ({"url": "http://pager.example/in"}, "address_not_https"),
        ({"url": "https://127.0.0.1/in"}, "address_not_public"),
        ({"url": "https://[::ffff:10.0.0.1]/in"}, "address_not_public"),
        ({"url": "https://me:word@pager.example/in"}, "address_unreadable"),
        ({"url": "https://pager.example:8443/in"}, "address_port"),
        ({"url": ""}, "address_unreadable"),
    ],
)
def test_refuses_what_cannot_be_so(house: make.House, fields: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        add(house, **({"name": "Pager"} | fields))
    assert (refused.value.code, Webhook.objects.count(), events()) == (code, 0, [])


def test_refuses_a_name_that_is_taken_until_it_is_free_again(house: make.House) -> None:
    hook = add(house)
    with pytest.raises(Refusal) as refused:
        add(house)
    assert refused.value.code == "webhook_name_taken"
    do(setup.remove_webhook, hook, house)
    assert add(house).pk != hook.pk


ACTS: list[Callable[..., Any]] = [
    setup.switch_off,
    setup.switch_on,
    setup.renew_secret,
    setup.remove_webhook,
    setup.send_trial,
    setup.send_again,
]


def test_refuses_who_is_no_admin(house: make.House) -> None:
    hook = add(house)
    for act in ACTS:
        for who in (house.people.omar, house.people.mia, house.people.aud):
            with pytest.raises(Refusal) as refused:
                do(act, hook, house, by=who)
            assert (refused.value.code, events()) == ("not_found", ["webhook.added"]), act


def test_one_that_is_removed_is_as_absent_as_none(house: make.House) -> None:
    hook = add(house)
    do(setup.remove_webhook, hook, house)
    for act in ACTS:
        with pytest.raises(Refusal) as refused:
            do(act, hook, house)
        assert (refused.value.code, events()) == ("not_found", ["webhook.added", "webhook.removed"]), act


def test_switched_off_nothing_due_is_sent_and_switched_on_nothing_from_before(house: make.House) -> None:
    hook = add(house)
    due_to(hook)
    do(setup.switch_off, hook, house)
    do(setup.switch_off, hook, house)
    assert WebhookDelivery.objects.get().state == "needless"
    at = make.now() + timedelta(hours=1)
    do(setup.switch_on, hook, house, at=at)
    do(setup.switch_on, hook, house, at=at)
    hook.refresh_from_db()
    assert (hook.active, hook.since) == (True, at)
    assert events() == ["webhook.added", "webhook.switched_off", "webhook.switched_on"]


def test_removed_its_address_is_forgotten_and_the_database_keeps_it_so(house: make.House) -> None:
    hook = add(house)
    do(setup.remove_webhook, hook, house)
    hook.refresh_from_db()
    assert (hook.url, hook.active) == ("", False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Webhook.objects.filter(pk=hook.pk).update(active=True)


def test_a_new_secret_signs_beside_the_one_before_for_a_day(house: make.House) -> None:
    hook, at = add(house), make.now()
    before = secret_of(hook)
    assert signing(hook, at=at) == [before]
    do(setup.renew_secret, hook, house, at=at)
    hook.refresh_from_db()
    assert signing(hook, at=at + timedelta(hours=23)) == [secret_of(hook), before]
    assert signing(hook, at=at + timedelta(hours=25)) == [secret_of(hook)]
    assert secret_of(hook) != before


def test_changed_without_an_address_it_keeps_the_one_it_has(house: make.House) -> None:
    hook = add(house)
    given = {"name": "Pager", "url": "", "calls": True, "notices": True}
    do(setup.change_webhook, hook, house, **given)
    do(setup.change_webhook, hook, house, **given)
    hook.refresh_from_db()
    assert (hook.url, hook.notices) == (URL, True)
    assert AuditEvent.objects.get(action="webhook.changed").data == {"fields": ["notices"]}
    with pytest.raises(Refusal) as refused:
        do(setup.change_webhook, hook, house, **(given | {"url": "https://10.0.0.1/x"}))
    assert refused.value.code == "address_not_public"


def test_a_trial_is_refused_while_it_is_off(house: make.House) -> None:
    hook = add(house)
    do(setup.switch_off, hook, house)
    with pytest.raises(Refusal) as refused:
        do(setup.send_trial, hook, house)
    assert (refused.value.code, WebhookDelivery.objects.count()) == ("switched_off", 0)


def test_the_page_shows_the_secret_once_and_its_host_alone(house: make.House) -> None:
    client = signed_in(house.people.ada)
    answer = client.post("/webhooks/add/", {"name": "Pager", "url": URL, "calls": "on"})
    hook = Webhook.objects.get()
    assert secret_of(hook) in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    for who in (house.people.ada, house.people.omar, house.people.aud):
        page = signed_in(who).get("/webhooks/").content.decode()
        assert "pager.example" in page
        assert "abc123" not in page
        assert secret_of(hook) not in page
    form = client.get(f"/webhooks/{hook.pk}/").content.decode()
    assert "abc123" not in form
    again = client.post(f"/webhooks/{hook.pk}/secret/").content.decode()
    hook.refresh_from_db()
    assert (hook.generation, secret_of(hook) in again) == (2, True)


def test_who_only_looks_is_offered_no_act(house: make.House) -> None:
    add(house)
    for who in (house.people.omar, house.people.aud):
        main = signed_in(who).get("/webhooks/").content.decode().partition("<main")[2].partition("</main>")[0]
        assert '<form method="post"' not in main


def test_every_act_of_the_page_does_its_one_thing(house: make.House) -> None:
    hook, client = add(house), signed_in(house.people.ada)
    for act in ("try", "off", "on", "again", "remove"):
        assert client.post(f"/webhooks/{hook.pk}/{act}/").headers["Location"] == "/webhooks/", act
    assert events() == [f"webhook.{word}" for word in ("added", "tried", "switched_off", "switched_on", "removed")]


def test_a_refused_form_leaves_one_refusal_and_nothing_else(house: make.House) -> None:
    client = signed_in(house.people.ada)
    given = {"name": "Pager", "url": "https://192.168.0.1/in", "calls": "on"}
    with one_refusal("address_not_public", by=house.people.ada):
        assert client.post("/webhooks/add/", given).status_code == 422
    hook, before = add(house), rows()
    do(setup.switch_off, hook, house)
    with one_refusal("switched_off", by=house.people.ada):
        assert client.post(f"/webhooks/{hook.pk}/try/").status_code == 409
    assert rows() == before


def test_looking_asks_the_same_number_of_questions_however_many_there_are(
    house: make.House, django_assert_num_queries: Any
) -> None:
    client = signed_in(house.people.ada)
    client.get("/webhooks/")
    for number in range(5):
        due_to(add(house, f"Pager {number}"))
    with django_assert_num_queries(3):
        assert len(rows_of(at=make.now())) == 5
