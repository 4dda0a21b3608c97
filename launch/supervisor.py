"""Runs one deployment: servers, tables, demo company, processes; says when it is ready; ends it all in order."""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from launch import demo_file, embedded, ports, preparation, processes
from launch.child import ChildFailed, tied_to_starter
from launch.children import Children
from launch.credentials import DEMO_SYSTEMS, SANDBOX, generated
from launch.demo_systems import start_demo_systems
from launch.deployment import Deployment, Misconfigured, Servers, from_environment
from launch.interruption import Interruption, Stopped
from launch.keys import stored_secret, write_private
from launch.pages import ask

READY_WITHIN = 120.0
# The reaper of a killed supervisor needs a few seconds; a data folder still in use after that is somebody else's.
FOLDER_FREE_WITHIN = 10.0
# So that these commands find the embedded servers without being told.
ENVIRONMENT_FILE = "environment"


def main() -> int:
    """The program behind `make run`: 0 after an orderly end, 1 with a reason on standard error otherwise."""
    interruption = Interruption()
    _follow_make()
    try:
        deployment = from_environment(os.environ)
        embedded.open_data_folder(deployment)
        with _data_folder_taken(deployment.data) as lock:
            _run(deployment, interruption, lock)
    except Stopped:
        return 0
    except (ChildFailed, Misconfigured, OSError) as error:
        print(f"Orchestr could not run: {error}", file=sys.stderr)
        return 1
    return 0


def _run(deployment: Deployment, interruption: Interruption, lock: int) -> None:
    if not ports.is_free(deployment.host, deployment.port):
        raise Misconfigured(
            f"Port {deployment.port} on {deployment.host} is taken: stop what listens there or set PORT."
        )
    children = Children(interruption, kept_open=lock)
    try:
        _start_all(children, deployment)
        _await_readiness(children, deployment)
        _note_pids(children, deployment)
        print(_greeting(deployment), flush=True)
        while True:
            interruption.wait(0.5)
            if children.revive():
                _note_pids(children, deployment)
    finally:
        children.stop()


def _start_all(children: Children, deployment: Deployment) -> None:
    """In this order, because each leans on what stands before it; they stop in the reverse order."""
    servers = deployment.own or embedded.start_servers(children, deployment)
    stored_secret(deployment.secret_key_file)
    demo = (*DEMO_SYSTEMS, SANDBOX) if deployment.sandbox else DEMO_SYSTEMS
    env = os.environ | generated(deployment.data / "credentials", demo)
    systems = start_demo_systems(children, deployment, servers, env)
    env |= systems.known
    log_places = preparation.places_of_the_log(deployment, env)
    env["ORCHESTR_WITNESS_DIR"] = str(log_places.witness)
    _write_environment(deployment, servers, env)
    preparation.migrate(children, deployment, servers, env)
    if preparation.is_unseeded(deployment, env) or preparation.asks_for_more(deployment, env):
        systems.await_all(children)  # The seed reads their catalogues.
        preparation.seed(children, deployment, servers, env)

    def start(*rows: processes.Process) -> None:
        children.add_stage(*(processes.command(row, deployment, servers, env) for row in rows))

    start(
        processes.web(host=deployment.host, port=deployment.port),
        processes.publish_worker(),
        processes.catalogue_worker(),
        processes.sealer(key=str(log_places.key)),
        processes.beat(schedule=str(deployment.data / "beat-schedule")),
    )
    systems.await_all(children)
    children.await_answer(
        lambda: ask(f"{deployment.url}/healthz").status == 200, of="web", within=READY_WITHIN, every=0.2
    )
    if deployment.demo_agents:
        start(processes.agent("repricer"), processes.agent("copywriter"))
    if deployment.examples:
        start(processes.examples())


def _await_readiness(children: Children, deployment: Deployment) -> None:
    page = f"{deployment.url}/readyz"
    try:
        children.await_answer(lambda: ask(page).status == 200, of="web", within=READY_WITHIN, every=0.25)
    except ChildFailed as failed:
        raise Misconfigured(f"{failed}\nNot ready: {ask(page).body}") from failed


def _write_environment(deployment: Deployment, servers: Servers, env: Mapping[str, str]) -> None:
    if deployment.own is not None:
        return  # Those addresses are the operator's own, and are not written down by us.
    lines = processes.addresses(deployment, servers) | {"DATABASE_OWNER_URL": servers.owner_url, "ORCHESTR_DEMO": "1"}
    lines |= {name: value for name, value in env.items() if name.startswith("ORCHESTR_DEMO_")}
    lines["ORCHESTR_WITNESS_DIR"] = env["ORCHESTR_WITNESS_DIR"]
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    write_private(deployment.data / ENVIRONMENT_FILE, text)


def _note_pids(children: Children, deployment: Deployment) -> None:
    demo_file.merge(deployment.data, pids={"supervisor": os.getpid(), **children.pids()})


def _greeting(deployment: Deployment) -> str:
    people = demo_file.read(deployment.data).get("people", [])
    names = ", ".join(str(person["username"] if isinstance(person, dict) else person) for person in people)
    return f"Orchestr is ready at {deployment.url} - sign in as {names} with the password orchestr-demo"


@contextmanager
def _data_folder_taken(data: Path) -> Iterator[int]:
    """Hold the data folder for this supervisor. Refuses while another one runs on it.

    Behind a supervisor that was killed its reaper holds the folder a few seconds longer; that is waited for.
    """
    with (data / "supervisor.lock").open("a+") as lock:
        until = time.monotonic() + FOLDER_FREE_WITHIN
        while not _taken(lock.fileno()):
            if _holder_lives(lock) or time.monotonic() > until:
                raise Misconfigured(f"{data} is in use by another `make run`: stop it, or set ORCHESTR_DATA.")
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock.fileno()


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder_lives(lock: TextIO) -> bool:
    lock.seek(0)
    holder = lock.read()
    if not holder:
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    return True


def _follow_make() -> None:
    """When `make` started us, end when it is killed; a supervisor started by hand outlives its shell."""
    if "MAKELEVEL" in os.environ and (tie := tied_to_starter(signal.SIGTERM, of=os.getppid())):
        tie()
