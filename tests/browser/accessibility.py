"""What axe-core and a ruler say of a page, in both themes and at both widths, without loading it twice."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from launch.deployment import REPOSITORY

HERE = Path(__file__).parent / "axe"
CACHE = REPOSITORY / "var" / "cache"
LOOKS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (rules) => (await axe.run(document, { runOnly: rules })).violations.map(
  (found) => found.id + ': ' + found.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | '))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Links within a sentence are excepted, as in WCAG 2.5.8; a radio is as large as the label around it.
SMALL = """(least) => [...document.querySelectorAll('main a, main button, main select, main summary, main label.choice, main input')]
  .filter((el) => !['hidden', 'radio'].includes(el.type) && !el.closest('p:not(.line), dd, .timeline'))
  .map((el) => [el, el.getBoundingClientRect()]).filter(([, box]) => box.width && box.height < least)
  .map(([el, box]) => `${el.id || el.textContent.trim().slice(0, 40)}: ${box.height}`)"""


@pytest.fixture(scope="session")
def axe(node: str) -> str:
    """The source of axe-core, as the lock file pins it."""
    files = [HERE / name for name in ("package.json", "package-lock.json", ".npmrc")]
    pinned = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    folder = CACHE / f"axe-{pinned}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="axe-", dir=CACHE))
        for file in files:
            shutil.copy(file, making)
        subprocess.run(["npm", "ci", "--loglevel=error"], cwd=making, check=True, timeout=300)
        try:
            os.rename(making, folder)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


def barriers(page: Page, axe: str, *, least_target: int = 0, looks: Iterable[tuple[int, str]] = LOOKS) -> list[str]:
    """Violations, what is wider than the screen, and targets lower than this, in each of these looks."""
    page.evaluate(axe)
    before = page.viewport_size
    assert before is not None
    found = []
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.evaluate("scrollTo(0, 0)")  # else the bar that stays on top covers half of whatever stands below it
        found += [f"{width} {scheme}: {each}" for each in page.evaluate(RUN, RULES)]
        if (wider := page.evaluate(WIDER)) > 0:
            found.append(f"{width} {scheme}: {wider} px wider than the screen")
        if least_target:
            found += [f"{width} {scheme}: low target {each}" for each in page.evaluate(SMALL, least_target)]
    page.set_viewport_size(before)
    return [f"{page.url} {each}" for each in found]


def assert_accessible(page: Page, axe: str, *, least_target: int = 0, looks: Iterable[tuple[int, str]] = LOOKS) -> None:
    """Nothing stands in anybody's way on this page."""
    assert barriers(page, axe, least_target=least_target, looks=looks) == []
