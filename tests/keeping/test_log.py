"""What the process log may hold of those who ask."""

import logging

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_log_of_a_request_does_not_say_from_where_it_came(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="django_structlog"):
        client.get("/healthz", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.9")
    assert "request_started" in caplog.text
    assert "203.0.113.7" not in caplog.text
    assert "198.51.100.9" not in caplog.text
