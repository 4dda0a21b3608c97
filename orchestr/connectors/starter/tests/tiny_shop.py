"""A shop in this process: three variants with a price and a version each, behind real HTTP on the loopback.

Replace it: serve the real system in a sandbox and give the suite its address. Until then it shows what the suite
expects of a system: a version that is compared, and a reading token that may not write.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

RIGHTS = {"may-read": {"GET"}, "may-publish": {"GET", "PUT"}}


class TinyShop(ThreadingHTTPServer):
    """Served from a thread until `shutdown()`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.rows: dict[str, dict[str, Any]] = {
            sku: {"id": f"v{n}", "sku": sku, "title": title, "amount": amount, "currency": "EUR", "version": 1}
            for n, (sku, title, amount) in enumerate(
                [("CAP", "Cap", 1_990), ("HAT", "Hat", 2_990), ("SCARF", "Scarf", 990)]
            )
        }
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TinyShop

    def do_GET(self) -> None:
        if not self._allowed():
            return
        asked = urlsplit(self.path)
        if asked.path == "/variants":
            query = parse_qs(asked.query, keep_blank_values=True)
            rows = [row for sku, row in sorted(self.server.rows.items()) if sku > query["after"][0]]
            self._answer(200, {"variants": rows[: int(query["limit"][0])]})
            return
        row = self.server.rows.get(unquote(asked.path.removeprefix("/variants/")))
        self._answer(200 if row else 404, row or {})

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self._allowed():
            return
        sku = unquote(self.path.removeprefix("/variants/").removesuffix("/price"))
        with self.server.lock:
            row = self.server.rows.get(sku)
            if row is None:
                self._answer(404, {})
            elif row["version"] != body["version"]:
                self._answer(409, row)
            else:
                row.update(amount=body["amount"], version=row["version"] + 1)
                self._answer(200, row)

    def _allowed(self) -> bool:
        token = (self.headers["authorization"] or "").removeprefix("Bearer ")
        if self.command in RIGHTS.get(token, ()):
            return True
        self._answer(403 if token in RIGHTS else 401, {})
        return False

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a test's output is its own."""
