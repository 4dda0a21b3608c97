"""The demonstration's own servers as child processes, each on a free port with a storage of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from orchestr.connectors.base import Credentials, Session, Stage, SystemConfig
from orchestr.connectors.registry import get

ROOT = Path(__file__).parents[2]
TOKENS: dict[str, str] = {"read": "read-token-of-a-test", "publish": "publish-token-of-a-test"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Server:
    """`demo.shop` or `demo.erp`, running."""

    def __init__(self, name: Literal["shop", "erp"], folder: Path, *options: str) -> None:
        self.name = name
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for stage, token in TOKENS.items():
            (folder / stage).write_text(token + "\n")
        command = [sys.executable, "-m", f"demo.{name}", "--port", "0", "--data", str(folder / "data"), *options]
        command += [f"--credentials-read={folder / 'read'}", f"--credentials-publish={folder / 'publish'}"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert " ready on " in line, f"{name} did not start: {line!r}"
        self.url = line.split()[-1]

    @property
    def system(self) -> SystemConfig:
        return SystemConfig(key=f"demo-{self.name}", kind=f"demo_{self.name}", url=self.url)

    def credentials(self, stage: Stage) -> Credentials:
        return Credentials(system=f"demo-{self.name}", purpose=stage, secrets={"token": TOKENS[stage]})

    def open(self, stage: Stage) -> Session:
        return get(f"demo_{self.name}").open(self.system, self.credentials(stage), stage)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        stage: str = "read",
        headers: dict[str, str] | None = None,
        timeout: float = 20.0,
    ) -> Answer:
        """One request by a client that is not ours. Any status is an answer; a lost one raises OSError."""
        sent = {"Authorization": f"Bearer {TOKENS.get(stage, stage)}", **(headers or {})}
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=raw, method=method, headers=sent)
        try:
            with urlopen(request, timeout=timeout) as reply:
                return Answer(reply.status, dict(reply.headers), reply.read().decode())
        except HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read().decode())

    def get(self, path: str, **query: str) -> Any:
        answer = self.ask("GET", path + (f"?{urlencode(query)}" if query else ""))
        assert answer.status == 200, answer
        return answer.json()

    def script(self, fault: str, *, match: Any = "*", times: int = 1, ms: int = 0, **more: Any) -> None:
        body = {"match": match, "fault": fault, "times": times, "ms": ms, **more}
        assert self.ask("POST", "/_control/script", body).status == 201

    def edit(self, **body: Any) -> Any:
        answer = self.ask("POST", "/_control/edit", body)
        assert answer.status == 200, answer
        return answer.json()

    def writes(self, operation_key: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/_control/writes", operation_key=operation_key)
        return found

    def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        self._end()

    def stop(self) -> None:
        self._process.terminate()
        self._end()

    def _end(self) -> None:
        self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()


@pytest.fixture(scope="session")
def demo_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo shop that no shopper visits, so that nothing moves but what a test moves."""
    server = Server("shop", tmp_path_factory.mktemp("shop"), "--speed", "0")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def demo_erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server("erp", tmp_path_factory.mktemp("erp"))
    yield server
    server.stop()


@pytest.fixture
def shop(demo_shop: Server) -> Iterator[Server]:
    """The quiet demo shop with no fault scripted."""
    yield demo_shop
    demo_shop.ask("DELETE", "/_control/script")


@pytest.fixture
def erp(demo_erp: Server) -> Iterator[Server]:
    """The demo ERP with no fault scripted."""
    yield demo_erp
    demo_erp.ask("DELETE", "/_control/script")
