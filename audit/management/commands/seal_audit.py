"""`seal_audit`: the sealer. Runs until it is told to end; `--once` seals what there is, `--rotate-key` makes a new key."""

import signal
import threading
from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.keys import KeyRefused, ensure_key_file, rotate, signers_from
from audit.pins import pins_in
from audit.record import Actor, record
from audit.sealer import Sealer
from audit.walls import Fault
from audit.witness import Folder, Mail, Witness
from orchestr import failpoints
from orchestr.people.functions import Function
from orchestr.people.models import Person
from orchestr.people.notify import notify
from orchestr.pulse import beat

SIGN_OF_LIFE = timedelta(seconds=2)
SLOWLY_S = 5.0
ACTOR = Actor.worker("sealer")

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Put recorded events into the sealed log and sign checkpoints of it, until told to end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Seal what there is, and end.")
        parser.add_argument("--rotate-key", action="store_true", help="Make a new key, and end. The old one signs too.")
        parser.add_argument("--show-key", action="store_true", help="Print the public key in use, and end.")

        parser.add_argument("--lost-key", action="store_true", help="Make a new key where the file is lost for good.")

    def handle(self, *, once: bool, rotate_key: bool, show_key: bool, lost_key: bool, **options: Any) -> None:
        path = Path(settings.SEAL_KEY_FILE)
        try:
            if rotate_key:
                rotate(path)
            if rotate_key or show_key:
                self.stdout.write(str(signers_from(path)[0].key))
                return
            ensure_key_file(path, lost=lost_key)
            sealer = _sealer(path, lost=lost_key)
            with transaction.atomic():
                for key in sealer.begin(at=timezone.now()):
                    _record_key(key.id.hex(), at=timezone.now())
        except KeyRefused as refused:
            raise CommandError(str(refused), returncode=2) from refused
        fault = _Course(sealer, _ended()).run(once=once)
        if fault:
            raise CommandError(
                _("Nothing is sealed any more. First bad place: %(place)s. %(message)s")
                % {"place": fault.place, "message": fault.message},
                returncode=1,
            )


class _Course:
    """The turns of one process, with its signs of life and its alarm."""

    def __init__(self, sealer: Sealer, ended: threading.Event) -> None:
        self.sealer = sealer
        self.ended = ended
        self.told: Fault | None = None
        self.alive_at: datetime | None = None

    def run(self, *, once: bool) -> Fault | None:
        """Turn after turn until the end is asked for; with `once` until there is nothing left, or a fault."""
        while not self.ended.is_set():
            at = timezone.now()
            try:
                turn = self.sealer.turn(at=at)
                self._tell(turn.fault, at)
                self._live(at, caught_up=turn.caught_up, alarmed=turn.fault is not None)
            except DatabaseError as error:
                if once:
                    raise
                log.warning("audit_sealer_waits", error=type(error).__name__)
                connection.close()
                self.ended.wait(SLOWLY_S)
                continue
            if once and (turn.caught_up or turn.fault):
                return turn.fault
            if turn.fault:
                self.ended.wait(SLOWLY_S)
            elif turn.caught_up:
                self.ended.wait(settings.SEAL_S)
        return None

    def _live(self, at: datetime, *, caught_up: bool, alarmed: bool) -> None:
        if self.alive_at and at < self.alive_at + SIGN_OF_LIFE:
            return
        self.alive_at = at
        beat(name="sealer", at=at)
        if caught_up:
            beat(name="sealed", at=at)
        if alarmed:
            beat(name="sealer-alarm", at=at)

    def _tell(self, fault: Fault | None, at: datetime) -> None:
        if fault and self.told is None:
            log.error("audit_log_alarm", place=fault.place, message=fault.message)
            with transaction.atomic():
                _alarm(at)
        self.told = fault


def _sealer(path: Path, *, lost: bool) -> Sealer:
    folder = Path(settings.WITNESS_DIR) if settings.WITNESS_DIR else None
    witnesses: list[Witness] = []
    if folder:
        witnesses.append(Folder(folder, timedelta(seconds=settings.WITNESS_S)))
    if settings.WITNESS_MAIL:
        witnesses.append(Mail(_mailed, timedelta(seconds=settings.WITNESS_MAIL_S)))
    return Sealer(
        signers=signers_from(path),
        longest=timedelta(seconds=settings.TRANSACTION_S),
        witnesses=witnesses,
        pinned=(lambda: pins_in(folder)) if folder else list,
        passing=failpoints.hit,
        lost=lost,
    )


def _mailed(subject: str, text: str) -> None:
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, settings.WITNESS_MAIL)


def _record_key(key: str, *, at: datetime) -> None:
    record(action="log.key_added", actor=ACTOR, at=at, about={}, data={"key": key})


def _alarm(at: datetime) -> None:
    """On record, and told to auditors, admins and who is on call. The place itself is on the sealer's own page."""
    event = record(action="log.alarm", actor=ACTOR, at=at, about={}, data={"code": "log_disagrees"})
    wanted = [str(each) for each in (Function.AUDITOR, Function.ADMIN, Function.ONCALL)]
    people = Person.objects.filter(accounts__is_active=True, accounts__groups__name__in=wanted).distinct()
    for person in people.values_list("id", flat=True):
        notify(
            person_id=person,
            kind="log_alarm",
            about={"event": str(event)},
            urgent=True,
            dedupe_key=f"log_alarm:{at:%Y-%m-%dT%H}",
            at=at,
        )


def _ended() -> threading.Event:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended
