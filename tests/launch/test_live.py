"""Real processes over a test's own copy of the database."""

import os

import pytest

from launch.pages import ask


@pytest.mark.slow
def test_web_serves_this_tests_copy_until_it_is_stopped(processes):
    web = processes.web()

    assert ask(f"{web.url}/healthz").status == 200
    assert web.pid != os.getpid()

    processes.stop("web")
    assert ask(f"{web.url}/healthz").status == 0


@pytest.mark.slow
def test_workers_take_messages_and_end_when_killed(processes):
    worker = processes.publish_worker()
    assert worker.exit_code() is None

    processes.kill("publish")

    assert worker.exit_code() == -9


@pytest.mark.faults
def test_the_broker_can_go_and_come_back(processes):
    processes.broker.stop()
    assert not processes.broker.server.answers()

    processes.broker.start()
    assert processes.broker.server.answers()


@pytest.mark.browser
def test_chromium_opens_a_page_of_ours(processes, page):
    web = processes.web()

    answered = page.goto(f"{web.url}/healthz")

    assert answered is not None
    assert answered.status == 200
