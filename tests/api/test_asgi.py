"""The agents' door as the web process serves it."""

import httpx
import pytest

from orchestr.asgi import application
from tests.conftest import Committed


async def ask(method: str, path: str, **more: object) -> httpx.Response:
    transport = httpx.ASGITransport(app=application)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.request(method, path, **more)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_wears_the_security_headers_and_sets_no_cookie(method: str, committed: Committed) -> None:
    answer = await ask(method, "/api/v1/runs/00000000-0000-0000-0000-000000000000")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


async def test_refuses_who_shows_no_token_on_both_ways_in(committed: Committed) -> None:
    assert (await ask("GET", "/api/v1/tools")).status_code == 401
    assert (await ask("POST", "/api/v1/check", json={})).status_code == 401
    assert (await ask("POST", "/api/v1/runs/next")).status_code == 401


async def test_answers_with_a_length(committed: Committed) -> None:
    answer = await ask("POST", "/api/v1/check", json={})
    assert int(answer.headers["Content-Length"]) == len(answer.content)


async def test_a_path_that_is_not_there_is_404(committed: Committed) -> None:
    assert (await ask("POST", "/api/v1/no-such-thing")).status_code == 404


async def test_the_reference_is_a_page_like_the_others(committed: Committed) -> None:
    answer = await ask("GET", "/api/v1/docs")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
