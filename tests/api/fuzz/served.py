"""The web process's application on a socket of loopback, in a thread of this process: it uses this test's database."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from orchestr.asgi import application


@contextmanager
def served() -> Iterator[str]:
    """Its address, while it listens. The socket takes connections from the start; they wait until it serves."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_config=None, lifespan="off", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="served")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
