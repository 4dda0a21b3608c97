"""What one `make run` is: read once from the environment, refused early when it contradicts itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"
SHOPS = ("demo", "vendure")


class Misconfigured(Exception):
    """The environment asks for something that cannot be; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Addresses of the database (as the app role and as the owner), the broker and the channel layer."""

    database_url: str
    owner_url: str
    broker_url: str
    channel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One set of processes over one data folder. `own` are servers given by address; None means embedded."""

    data: Path
    host: str = LOOPBACK
    port: int = 8000
    demo_agents: bool = True
    examples: bool = False
    sandbox: bool = False
    shop: str = "demo"
    own: Servers | None = None

    @property
    def url(self) -> str:
        """Where people and agents find the web process."""
        host = LOOPBACK if self.host in ("0.0.0.0", "::", "") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    @property
    def secret_key_file(self) -> Path:
        return self.data / "secrets" / "secret-key"


def from_environment(env: Mapping[str, str]) -> Deployment:
    """Read PORT, HOST, ORCHESTR_DATA, DEMO_AGENTS, DEMO_EXAMPLES, DEMO_SANDBOX, SHOP and the addresses of own servers.

    Refuses a port that is no number, an unknown shop, and own servers that are named only in part.
    """
    port, shop = env.get("PORT") or "8000", env.get("SHOP") or "demo"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Misconfigured(f"PORT is {port!r}: give a number from 1 to 65535.")
    if shop not in SHOPS:
        raise Misconfigured(f"SHOP is {shop!r}: leave it out, or set it to one of {', '.join(SHOPS)}.")
    data = Path(env.get("ORCHESTR_DATA") or REPOSITORY / "var")
    return Deployment(
        data=data.absolute(),
        host=env.get("HOST") or LOOPBACK,
        port=int(port),
        demo_agents=env.get("DEMO_AGENTS") != "0",
        examples=env.get("DEMO_EXAMPLES") == "1",
        sandbox=env.get("DEMO_SANDBOX") == "1",
        shop=shop,
        own=_own_servers(env),
    )


def _own_servers(env: Mapping[str, str]) -> Servers | None:
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL")
    given = [name for name in names if env.get(name)]
    if not given:
        return None
    if missing := [name for name in names if name not in given]:
        raise Misconfigured(
            f"{' and '.join(given)} given without {' and '.join(missing)}: name all servers, or none to embed them."
        )
    channel = env.get("CHANNEL_URL") or env["BROKER_URL"]
    if not channel.startswith(("redis://", "rediss://", "unix://")):
        raise Misconfigured(
            "CHANNEL_URL must name a Redis or Valkey server: the broker given cannot carry the live pages."
        )
    return Servers(
        database_url=env["DATABASE_URL"],
        owner_url=env["DATABASE_OWNER_URL"],
        broker_url=env["BROKER_URL"],
        channel_url=channel,
    )
