"""Serving on a loopback address until told to stop, with one line once it answers."""

import argparse
import asyncio
import ipaddress
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from demo.door.strict import Problem
from demo.door.tokens import Tokens

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into its answer."""
    try:
        return await handler(request)
    except Problem as problem:
        return problem.response()


def demand_loopback(request: web.Request) -> None:
    """Raises Problem 404 for a caller from another machine: control is for the demonstration alone."""
    if request.remote is None or not ipaddress.ip_address(request.remote).is_loopback:
        raise Problem(404, "not_found", "There is nothing here.")


def loopback(text: str) -> str:
    """A host that only this machine can reach."""
    try:
        good = ipaddress.ip_address(text).is_loopback
    except ValueError:
        good = False
    if not good:
        raise argparse.ArgumentTypeError("the demonstration's servers listen on loopback addresses only")
    return text


def arguments(parser: argparse.ArgumentParser, *, system: str) -> argparse.Namespace:
    """Read the options that every server of the demonstration takes.

    Where a credentials file is not named, the variable that connectors read too names it.
    """
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", type=loopback, default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="the folder of its storage")
    parser.add_argument("--seed", type=int, default=1)
    for stage in ("read", "publish"):
        variable = f"ORCHESTR_CREDENTIAL_{system}_{stage.upper()}_FILE"
        named = os.environ.get(variable)
        parser.add_argument(
            f"--credentials-{stage}",
            type=Path,
            default=named,
            required=not named,
            help=f"a file that holds the {stage} token; else {variable} names it",
        )
    return parser.parse_args()


def tokens(options: argparse.Namespace) -> Tokens:
    """The tokens of the two files, or an exit that says what is wrong with them."""
    try:
        return Tokens.from_files(read=options.credentials_read, publish=options.credentials_publish)
    except (OSError, ValueError) as error:
        raise SystemExit(f"The credentials cannot be used: {error}") from None


def serve(app: web.Application, *, name: str, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; writes `<name> ready on <address>` to stdout."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(app, name=name, host=host, port=port))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # no wheel on Windows; the standard loop does
        return None
    return uvloop.new_event_loop


async def _serve(app: web.Application, *, name: str, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=512)
    await site.start()
    sys.stdout.write(f"{name} ready on http://{host}:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    try:
        await stop.wait()
    finally:
        await runner.cleanup()
