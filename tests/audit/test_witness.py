"""Witnesses: what they keep, when, and what they refuse."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from audit import witness
from audit.merkle import leaf_hash, root_of
from audit.notes import Checkpoint, Signer
from audit.proofs import consistency_spans
from audit.witness import Folder, Mail, keep

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SIGNER = Signer.new("orchestr-audit/test")
LEAVES = [leaf_hash(bytes([number])) for number in range(100)]


def checkpoint(size: int, *, leaves: list[bytes] = LEAVES) -> Checkpoint:
    return Checkpoint(origin=SIGNER.key.name, size=size, root=root_of(leaves[:size]), at=AT + timedelta(seconds=size))


class Log:
    """A log that answers over HTTP as Orchestr does."""

    def __init__(self) -> None:
        self.leaves, self.size, self.signer = LEAVES, 10, SIGNER
        self.raw: bytes | None = None  # said instead of a proof
        self.whole: bytes | None = None  # sent instead of any answer
        log = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if log.whole is not None:
                    self.wfile.write(log.whole)
                    self.close_connection = True
                    return
                parts = self.path.strip("/").split("/")
                if parts == ["audit", "checkpoint"]:
                    said = checkpoint(log.size, leaves=log.leaves).signed([log.signer])
                elif parts[:2] == ["audit", "consistency"]:
                    spans = consistency_spans(int(parts[2]), int(parts[3]))
                    hashes = [root_of(log.leaves[start:end]) for start, end in spans]
                    said = json.dumps([base64.b64encode(part).decode() for part in hashes])
                else:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.end_headers()
                raw = log.raw if log.raw is not None and parts[1] == "consistency" else said.encode()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def log() -> Iterator[Log]:
    running = Log()
    yield running
    running.end()


def kept(folder: Path) -> list[int]:
    return sorted(int(file.name.split("-")[0]) for file in folder.glob("*.note"))


def run(log: Log, folder: Path) -> int:
    return witness.main(["--url", log.url, "--key", str(SIGNER.key), "--into", str(folder)])


def test_a_checkpoint_is_kept_once_and_for_reading_alone(tmp_path):
    file = keep(tmp_path, checkpoint(3).signed([SIGNER]), checkpoint(3))
    assert file == keep(tmp_path, "another", checkpoint(3))
    assert file.read_text() == checkpoint(3).signed([SIGNER])
    assert file.stat().st_mode & 0o777 == 0o444
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_folder_takes_one_in_a_while_and_none_of_a_log_that_has_not_grown(tmp_path):
    folder = Folder(tmp_path, timedelta(minutes=1))
    for seconds, size in [(0, 1), (30, 2), (60, 3), (130, 3), (200, 4)]:
        point = checkpoint(size)
        folder.offer(point.signed([SIGNER]), point, at=AT + timedelta(seconds=seconds))
    assert kept(tmp_path) == [1, 3, 4]


def test_a_mail_goes_out_once_a_day_with_the_whole_checkpoint():
    sent: list[tuple[str, str]] = []
    mail = Mail(lambda subject, text: sent.append((subject, text)), timedelta(days=1))
    for hours, size in [(0, 1), (23, 2), (24, 3)]:
        point = checkpoint(size)
        mail.offer(point.signed([SIGNER]), point, at=AT + timedelta(hours=hours))
    assert sent == [
        (f"Checkpoint of {SIGNER.key.name}: {size} entries", checkpoint(size).signed([SIGNER])) for size in (1, 3)
    ]


def test_another_process_takes_checkpoints_of_a_log_that_grows(log, tmp_path, capsys):
    for size in (10, 10, 37, 100):
        log.size = size
        assert run(log, tmp_path) == 0
    assert kept(tmp_path) == [10, 37, 100]
    assert "Kept the checkpoint of 100 entries." in capsys.readouterr().out


def test_it_keeps_nothing_of_a_log_that_was_rewritten_or_cut(log, tmp_path, capsys):
    log.size = 50
    assert run(log, tmp_path) == 0
    log.size, log.leaves = 60, [LEAVES[1], *LEAVES[1:]]
    assert run(log, tmp_path) == 1
    assert "not the one that was kept" in capsys.readouterr().err
    log.size, log.leaves = 40, LEAVES
    assert run(log, tmp_path) == 1
    assert kept(tmp_path) == [50]


def test_it_keeps_nothing_that_another_key_signed(log, tmp_path):
    log.signer = Signer.new(SIGNER.key.name)
    assert run(log, tmp_path) == 1
    assert kept(tmp_path) == []


def test_it_says_when_nobody_answers(log, tmp_path):
    assert witness.main(["--url", f"{log.url}/elsewhere", "--key", str(SIGNER.key), "--into", str(tmp_path)]) == 2
    assert witness.main(["--url", "file:///etc", "--key", str(SIGNER.key), "--into", str(tmp_path)]) == 2
    assert witness.main(["--url", log.url, "--key", "no key", "--into", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"{}",
        b"[1]",
        b'["x"]',
        b'["AAAA"]',
        b"[" * 100_000,
        b"NaN",
        b"9" * 10_000,
        b"[[]]",
        b'["\\ud800"]',
    ],
)
def test_a_proof_that_is_none_is_refused_and_nothing_kept(raw, log, tmp_path, capsys):
    assert run(log, tmp_path) == 0
    log.size, log.raw = 20, raw
    assert run(log, tmp_path) == 1
    assert kept(tmp_path) == [10]


@pytest.mark.parametrize(
    "whole",
    [
        b"",
        b"no answer at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\n\r\n\xff\xfe",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\n\r\n",
        b"HTTP/1.1 500 Oh\r\n\r\n",
    ],
)
def test_an_answer_that_is_none_ends_as_if_nobody_had_answered(whole, log, tmp_path, capsys):
    log.whole = whole
    assert run(log, tmp_path) == 2
    assert "No checkpoint could be had" in capsys.readouterr().err
    assert kept(tmp_path) == []
