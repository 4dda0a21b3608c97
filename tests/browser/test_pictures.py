"""The pictures of the README, taken of what `make run` shows; ORCHESTR_PICTURES names a folder to keep them in."""

import base64
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.browser.running import Running, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.faults, pytest.mark.timeout(600)]
ROWS, WIDTH, HEIGHT = 6, 1280, 900
WAITING = """
SELECT count(*) AS n FROM orchestr_proposal p JOIN orchestr_version v ON v.proposal_id = p.id AND v.number = p.number
WHERE p.state = 'draft' AND v.plan->0->'segments'->>0 LIKE 'apparel%%'
"""
LOOK = """async (data) => {
  const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,' + data)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), pen = canvas.getContext('2d');
  pen.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
  return { width: bitmap.width, height: bitmap.height, colours: new Set(pixels).size };
}"""


@pytest.fixture
def running() -> Iterator[Running]:
    folder = Path(tempfile.mkdtemp(prefix="orchestr-picture-"))
    folder.chmod(0o711)
    started = Running(folder / "var", DEMO_AGENT_PAUSE_S="3600")
    yield started
    started.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Where pictures go: a folder that is thrown away, unless one is named."""
    kept = os.environ.get("ORCHESTR_PICTURES")
    folder = Path(kept) if kept else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_the_queue_filled_by_the_demo_agents(running: Running, chromium: Browser, album: Path) -> None:
    wait_for(lambda: running.rows(WAITING)[0]["n"] >= ROWS, within=300, what="work in the queue")
    mia = Person(chromium, running.url, "mia")
    page = mia.open("/reviews/")
    assert page.viewport_size == {"width": WIDTH, "height": HEIGHT}
    assert page.locator("li[data-proposal][data-state=draft]").count() >= ROWS
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH
    row = page.locator("li[data-proposal]").nth(3)
    row.hover()  # what can be done to it appears
    expect(row.locator(".queue-acts")).to_have_css("opacity", "1")
    file = album / "queue.png"
    page.screenshot(path=file, animations="disabled")
    mia.close()

    blank = chromium.new_page()
    seen = blank.evaluate(LOOK, base64.b64encode(file.read_bytes()).decode())
    blank.close()
    assert (seen["width"], seen["height"]) == (WIDTH, HEIGHT)
    assert seen["colours"] > 100
