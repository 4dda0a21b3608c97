"""What a person has to say to configure a system of some kind: its address, its settings, the secrets to lay ready.

Declared by a connector beside its code, so that a form can ask for it; nothing here holds a secret itself. Words are
marked for translation where they stand and translated where they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from orchestr.connectors.credentials import Stage
from orchestr.policy.values import Json

SettingKind = Literal["text", "integer", "address", "texts", "pairs", "json"]
# Where the system lies: at an http address, or nowhere in the network (then the address is a name for people).
AddressKind = Literal["http", "name"]


def gettext_noop(text: str) -> str:
    """Mark words for translation; the edge translates them."""
    return text


class SettingRefused(ValueError):
    """A setting that cannot be so; `name` is the setting, the text says what it has to be."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a system. `texts` is a list of texts, `pairs` an object of texts, `json` whatever `shape` says."""

    name: str
    title: str
    help: str = ""
    kind: SettingKind = "text"
    required: bool = False
    least: int | None = None
    most: int | None = None
    shape: Literal["object", "list"] = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a kind of system asks for. `secrets` names the parts of each credential, in words; `stages` are those it
    uses: a kind that only reads asks for `read` alone. `open_settings`: also settings that are not named here."""

    title: str = ""
    address: AddressKind = "http"
    address_help: str = ""
    settings: tuple[Setting, ...] = ()
    secrets: str = ""
    stages: tuple[Stage, ...] = ("read", "publish")
    open_settings: bool = False


# A kind whose package declares no setup: an address and a JSON object, as its own documentation says.
UNDECLARED = Setup(open_settings=True)

SETTLE_AFTER = Setting(
    name="settle_after_s",
    title=gettext_noop("A sent write may still land for (seconds)"),
    help=gettext_noop("The longest timeout on the way to the system. Blank: what the connector takes it to be."),
    kind="integer",
    least=1,
    most=86_400,
)
ROOT_SEGMENT = Setting(
    name="root_segment",
    title=gettext_noop("Key of the segment above everything of this system"),
    help=gettext_noop("Blank: the key of the system. People's rights hang on segments."),
)
ROOT_TITLE = Setting(name="root_title", title=gettext_noop("Name of that segment"))
# Read by the catalogue, whatever the kind.
COMMON = (
    Setting(
        name="refresh_s",
        title=gettext_noop("Ask what has changed every (seconds)"),
        help=gettext_noop("Blank: as often as this deployment does."),
        kind="integer",
        least=1,
        most=86_400,
    ),
    Setting(
        name="full_sweep_s",
        title=gettext_noop("Read everything every (seconds)"),
        help=gettext_noop("Blank: as often as this deployment does."),
        kind="integer",
        least=1,
        most=30 * 86_400,
    ),
)


def asked_of(setup: Setup) -> tuple[Setting, ...]:
    """Every setting that a form asks for, those of the catalogue last."""
    return (*setup.settings, *COMMON)


def read_settings(setup: Setup, given: Mapping[str, Json], *, keeps: Mapping[str, Json]) -> dict[str, Json]:
    """The settings as they are stored; what is blank is left out. Raises SettingRefused naming the first wrong one.

    Refuses a name that the setup does not know, unless it is open, or the system `keeps` just that since before.
    """
    known = {each.name: each for each in asked_of(setup)}
    found: dict[str, Json] = {}
    for name, value in given.items():
        kept = name in keeps and keeps[name] == value
        if name not in known and not setup.open_settings and not kept:
            raise SettingRefused(name, f"There is no such setting; there are {', '.join(sorted(known))}.")
        if value is not None and value != "" and value != [] and value != {}:
            found[name] = _read(known[name], value) if name in known else value
    missing = next((each for each in setup.settings if each.required and each.name not in found), None)
    if missing is not None:
        raise SettingRefused(missing.name, "This setting is needed.")
    return found


def addresses_in(setup: Setup, *, url: str, settings: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Every address that a system of this kind would be reached at, with the name of its field."""
    found = [("url", url)] if setup.address == "http" else []
    named = [each.name for each in setup.settings if each.kind == "address"]
    return found + [(name, str(settings[name])) for name in named if settings.get(name)]


def _read(setting: Setting, value: Json) -> Json:
    return _READERS[setting.kind](setting, value)


def _text(setting: Setting, value: Json) -> Json:
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        raise SettingRefused(setting.name, "This is one line of text.")
    return value.strip()


def _integer(setting: Setting, value: Json) -> Json:
    least, most = setting.least or 0, 10**9 if setting.most is None else setting.most
    if type(value) is not int or not least <= value <= most:
        raise SettingRefused(setting.name, f"This is a whole number from {least} to {most}.")
    return value


def _address(setting: Setting, value: Json) -> Json:
    parts = urlsplit(str(_text(setting, value)))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise SettingRefused(setting.name, "An address is https:// and a host, with no name or password in it.")
    return str(value).strip()


def _texts(setting: Setting, value: Json) -> Json:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise SettingRefused(setting.name, "This is a list of texts.")
    return [each.strip() for each in value]


def _pairs(setting: Setting, value: Json) -> Json:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise SettingRefused(setting.name, "This is an object of texts.")
    return dict(value)


def _json(setting: Setting, value: Json) -> Json:
    if not isinstance(value, dict if setting.shape == "object" else list):
        raise SettingRefused(setting.name, f"This is a JSON {'object' if setting.shape == 'object' else 'list'}.")
    return value


_READERS = {
    "text": _text,
    "integer": _integer,
    "address": _address,
    "texts": _texts,
    "pairs": _pairs,
    "json": _json,
}
