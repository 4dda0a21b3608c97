"""Secrets of a system, one set per stage, from the environment or a mounted file.

`ORCHESTR_CREDENTIAL_<SYSTEM>_<STAGE>` holds them, `…_FILE` names a file that does; the system's key is
written in capitals with every other character as an underscore. Where neither is set, the file
`<SYSTEM>_<STAGE>` in the folder that `ORCHESTR_CREDENTIAL_FOLDER` names is read: a system that is added while
everything runs finds its credential there. The text is either a JSON object of
texts (`{"api_key": "…"}`) or one bare token, which is read as `{"token": "…"}`.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NoReturn, get_args

from orchestr.connectors.outcomes import ConnectorError

Stage = Literal["read", "draft", "stage", "publish"]
Purpose = Literal["read", "draft", "stage", "publish", "webhook"]
STAGES: tuple[Stage, ...] = get_args(Stage)
PREFIX = "ORCHESTR_CREDENTIAL_"
FOLDER = "ORCHESTR_CREDENTIAL_FOLDER"


class CredentialMissing(ConnectorError):
    """This process holds no credential of that system for that purpose; the text says what to set."""

    def __init__(self, system: str, purpose: str, why: str) -> None:
        super().__init__("credential_missing", why)
        self.system = system
        self.purpose = purpose


class Credentials:
    """Named secrets of one system for one purpose. Never shown, never pickled."""

    __slots__ = ("_secrets", "purpose", "system")

    def __init__(self, *, system: str, purpose: Purpose, secrets: Mapping[str, str]) -> None:
        self.system = system
        self.purpose: Purpose = purpose
        self._secrets = dict(secrets)

    def __getitem__(self, name: str) -> str:
        if name not in self._secrets:
            why = f"The {self.purpose} credential of {self.system} has no {name!r}: add it to {variable(self.system, self.purpose)}."
            raise CredentialMissing(self.system, self.purpose, why)
        return self._secrets[name]

    def __contains__(self, name: str) -> bool:
        return name in self._secrets

    def __repr__(self) -> str:
        return f"<Credentials of {self.system} for {self.purpose}: hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials are never pickled: they would end up in a task message")


def variable(system: str, purpose: str) -> str:
    """The environment variable that holds a credential."""
    return f"{PREFIX}{re.sub(r'[^A-Z0-9]', '_', system.upper())}_{purpose.upper()}"


def held(*, system: str, purpose: Purpose, environ: Mapping[str, str] | None = None) -> bool:
    """Whether this process was given the credential, without reading it."""
    env = os.environ if environ is None else environ
    name = variable(system, purpose)
    return bool(env.get(name) or env.get(f"{name}_FILE") or _in_folder(name, env))


def load(*, system: str, purpose: Purpose, environ: Mapping[str, str] | None = None) -> Credentials:
    """Read one credential. Raises CredentialMissing, naming the variable to set and never its content."""
    env = os.environ if environ is None else environ
    name = variable(system, purpose)
    text = env.get(name, "")
    if not text and (path := env.get(f"{name}_FILE") or _in_folder(name, env)):
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            why = f"The file that {name}_FILE names cannot be read ({error.strerror}): mount it or correct the path."
            raise CredentialMissing(system, purpose, why) from None
    if not text.strip():
        why = f"This process holds no {purpose} credential of {system}: set {name} or {name}_FILE."
        raise CredentialMissing(system, purpose, why)
    return Credentials(system=system, purpose=purpose, secrets=_parse(text.strip(), name, system, purpose))


def _in_folder(name: str, env: Mapping[str, str]) -> str:
    """The path of this credential in the mounted folder, "" where there is none."""
    folder = env.get(FOLDER, "")
    file = os.path.join(folder, name.removeprefix(PREFIX))
    return file if folder and os.path.isfile(file) else ""


def _parse(text: str, name: str, system: str, purpose: Purpose) -> dict[str, str]:
    if not text.startswith("{"):
        return {"token": text}
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict) or not all(isinstance(part, str) for part in parsed.values()):
        raise CredentialMissing(system, purpose, f"{name} is not a JSON object of texts: correct it.")
    return parsed
