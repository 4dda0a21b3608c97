"""A contradictory environment is refused with what to change; a plain one means embedded servers on loopback."""

import pytest

from launch.deployment import Misconfigured, from_environment

OWN = {"DATABASE_URL": "postgres://a@/x", "DATABASE_OWNER_URL": "postgres://o@/x", "BROKER_URL": "redis://b/0"}


def test_an_empty_environment_embeds_everything_on_loopback():
    found = from_environment({})

    assert (found.url, found.own, found.demo_agents, found.shop) == ("http://127.0.0.1:8000", None, True, "demo")
    assert found.data.name == "var"


def test_a_sandbox_comes_on_demand():
    assert not from_environment({}).sandbox
    assert from_environment({"DEMO_SANDBOX": "1"}).sandbox


def test_own_servers_are_taken_as_given_and_the_channel_defaults_to_the_broker():
    found = from_environment(OWN)

    assert found.own is not None
    assert found.own.owner_url == OWN["DATABASE_OWNER_URL"]
    assert found.own.channel_url == OWN["BROKER_URL"]


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"SHOP": "magento"}, "SHOP"),
        ({"DATABASE_URL": OWN["DATABASE_URL"]}, "DATABASE_OWNER_URL and BROKER_URL"),
        ({"BROKER_URL": "redis://b"}, "DATABASE_URL and DATABASE_OWNER_URL"),
        (OWN | {"BROKER_URL": "amqp://b"}, "CHANNEL_URL"),
    ],
)
def test_refuses_and_names_what_to_change(env, named):
    with pytest.raises(Misconfigured, match=named):
        from_environment(env)


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000"), ("box", "http://box:8000")]
)
def test_the_address_shown_is_one_a_browser_can_open(host, url):
    assert from_environment({"HOST": host}).url == url
