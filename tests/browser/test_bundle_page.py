"""The page within a bundle, opened from a file: it checks the bundle without a network and shows its events."""

import io
import json
import tarfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from audit import bundle, members
from audit.bundling import prepare
from audit.keys import announce
from audit.models import AuditEvent
from audit.notes import Signer
from audit.page import page as page_of
from audit.record import record_many
from audit.seal import Stretch, seal
from audit.selection import EVERYTHING, Selection
from tests.audit.events import NOON, submitted
from tests.browser.accessibility import axe as axe  # a fixture
from tests.browser.accessibility import barriers

pytestmark = pytest.mark.browser
SIGNER = Signer.new("orchestr-audit/test")


@pytest.fixture
def parts(committed, tmp_path) -> dict[str, bytes]:
    """A bundle of seven chosen entries of a log of forty, as members."""
    with transaction.atomic():
        announce([SIGNER], at=NOON)
        record_many([submitted(at=NOON + timedelta(days=number % 6)) for number in range(40)])
    seal(signers=[SIGNER], at=NOON + timedelta(days=9), within=Stretch())
    file = io.BytesIO()
    asked, spooled = Selection(since=NOON + timedelta(days=3), until=NOON + timedelta(days=4)), tmp_path / "spooled"
    spooled.mkdir()
    ready = prepare(selection=asked, sight=EVERYTHING, folder=spooled)
    bundle.write(file, ready.parts, ready.event_bytes, ready.blocks())
    file.seek(0)
    with tarfile.open(fileobj=file) as members:
        return {member.name: members.extractfile(member).read() for member in members}


@pytest.fixture
def page(chromium: Browser) -> Page:
    made = chromium.new_context(offline=True).new_page()
    yield made
    made.context.close()


def opened(page: Page, parts: dict[str, bytes], folder: Path) -> None:
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    page.goto(f"file://{folder}/index.html")


def test_it_checks_the_checkpoint_and_the_entries_and_shows_them(page, parts, tmp_path, axe):
    opened(page, parts, tmp_path)
    expect(page.locator("#verdict")).to_contain_text(f"The checkpoint is signed by key {SIGNER.key.id.hex()}")
    page.set_input_files("#events", tmp_path / "events.jsonl")
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "good")
    expect(page.locator("#verdict")).to_contain_text("Good: 7 entries")
    expect(page.locator("#rows tr")).to_have_count(7)
    first = AuditEvent.objects.filter(at=NOON + timedelta(days=3)).order_by("id")[0]
    expect(page.locator("#rows tr").first).to_contain_text("proposal.submitted")
    page.fill("#search", str(first.id))
    expect(page.locator("#rows tr")).to_have_count(1)
    assert barriers(page, axe) == []


def test_an_entry_that_was_changed_is_not_shown_as_good(page, parts, tmp_path):
    opened(page, parts | {"events.jsonl": parts["events.jsonl"].replace(b"single", b"dual", 1)}, tmp_path)
    page.set_input_files("#events", tmp_path / "events.jsonl")
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "bad")
    expect(page.locator("#rows tr")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("checkpoint", lambda text: text.replace(b"\n40\n", b"\n41\n")),
        ("checkpoint", lambda text: text[:-10] + b"AAAAAAAA" + text[-2:]),
        ("keys", lambda text: (str(Signer.new(SIGNER.key.name).key) + "\n").encode()),
        ("bundle.json", lambda text: text.replace(b'"size": 40', b'"size": 41')),
        ("proof", lambda text: text.split(b"\n", 1)[1]),
        ("numbers", lambda text: text.replace(b"3-3", b"4-4")),
    ],
)
def test_a_part_that_was_changed_is_never_good(name, change, page, parts, tmp_path):
    changed = parts | {name: change(parts[name])}
    assert changed != parts
    opened(page, changed | {"index.html": page_of(changed)}, tmp_path)
    page.set_input_files("#events", tmp_path / "events.jsonl")
    expect(page.locator("#verdict")).to_have_attribute("data-verdict", "bad")
    expect(page.locator("#rows tr")).to_have_count(0)


def test_what_events_say_is_text_and_runs_nothing(page, parts, tmp_path):
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    about = json.loads(parts["bundle.json"])
    about["query"]["x"] = "</script><script>alert(1)</script>"
    changed = parts | {"bundle.json": members.dumped(about)}
    opened(page, changed | {"index.html": page_of(changed)}, tmp_path)
    expect(page.locator("#facts")).to_contain_text("</script>")
    assert said == []
