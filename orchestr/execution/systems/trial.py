"""Asking a system for its first few things, to see whether it answers, before anything of it is believed."""

import time
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from orchestr import outbound
from orchestr.catalogue.models import System
from orchestr.catalogue.systems import config_of, outside_transaction
from orchestr.connectors import registry
from orchestr.connectors.base import ConnectorError, ResourceSnapshot
from orchestr.connectors.setup import addresses_in
from orchestr.execution.systems.configure import record_system
from orchestr.execution.systems.wanted import WHY, admin_only
from orchestr.people.models import Account

FEW = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One value that the system says; what it is stays with those who may see it in the catalogue."""

    type: str
    id: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it: `code` is "" where it answered, `why` says what did not work. `ms` is how long it took."""

    code: str
    why: str
    ms: int
    resources: int
    more: bool
    examples: tuple[Example, ...]

    @property
    def well(self) -> bool:
        return not self.code


def try_system(*, system: System, by: Account, at: datetime) -> Tried:
    """Open the system with this process's `read` credential and ask for its first page. Writes nothing there.

    Refuses who is no admin. Call it outside a transaction: the system is asked first, then the one event is written.
    Whatever the system does is an answer, never an exception.
    """
    outside_transaction()
    admin_only(by)
    began = time.monotonic()
    try:
        found, more = _ask(system)
        tried = _tried("", "", began, found, more)
    except ConnectorError as error:
        tried = _tried(error.code, str(error), began, (), False)
    except outbound.OutboundError as error:
        tried = _tried(error.code, WHY[error.code], began, (), False)
    with transaction.atomic(durable=True):
        record_system("connector.tried", system, by, at, outcome=tried.code or "well", resources=tried.resources)
    return tried


def _ask(system: System) -> tuple[tuple[ResourceSnapshot, ...], bool]:
    try:
        setup = registry.setup_of(system.kind)
        if system.guarded:
            for _, address in addresses_in(setup, url=system.url, settings=system.settings):
                outbound.resolves(address)
        session = registry.open(config_of(system), "read")
        try:
            page = session.read_catalogue(limit=FEW)
        finally:
            session.close()
    except ValueError as error:
        raise ConnectorError("settings", str(error)) from None
    return tuple(page.resources), page.next_cursor is not None


def _tried(code: str, why: str, began: float, found: tuple[ResourceSnapshot, ...], more: bool) -> Tried:
    each = (Example(one.type, one.id, field.field) for one in found for field in one.fields)
    return Tried(
        code=code,
        why=why,
        ms=int((time.monotonic() - began) * 1000),
        resources=len(found),
        more=more,
        examples=tuple(islice(each, FEW)),
    )
