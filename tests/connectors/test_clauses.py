"""What a failure of the suite says to whoever writes a connector."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestr.connectors.conformance import Conformance
from orchestr.connectors.conformance.clauses import CLAUSES
from tests.connectors.test_conformance import AcceptsWithoutWriting, OverwritesSilently, shop

DOCS = Path(__file__).parents[2] / "docs" / "connectors.md"
SUITE: Any = Conformance()


def test_every_test_of_the_suite_has_its_clause_and_no_other_name_has_one() -> None:
    assert {name for name in dir(Conformance) if name.startswith("test_")} == set(CLAUSES)


def test_every_clause_names_a_heading_of_the_page() -> None:
    headings = {line.lstrip("# ") for line in DOCS.read_text().splitlines() if line.startswith("#")}
    assert {clause.section for clause in CLAUSES.values()} <= headings


def test_a_failure_says_what_was_seen_what_was_expected_and_what_to_do() -> None:
    session, example, _ = shop(AcceptsWithoutWriting)
    with pytest.raises(AssertionError, match="was accepted, not written") as failed:
        SUITE.test_a_value_goes_there_and_back([example], session, session)
    (note,) = failed.value.__notes__
    assert note.startswith("Expected (docs/connectors.md, “Writing”): `Accepted` means")
    assert "\nWhat to do: say Accepted only when the system said yes." in note


def test_what_a_connector_raises_by_mistake_is_explained_too() -> None:
    class Falls(OverwritesSilently):
        def write(self, request: Any) -> Any:
            raise KeyError("price")

    session, example, _ = shop(Falls)
    with pytest.raises(KeyError) as failed:
        SUITE.test_amounts_and_counts_below_nothing_are_refused([example], session, session)
    assert "What to do: check the value before" in failed.value.__notes__[0]


def test_a_report_shows_the_note(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from tests.connectors.test_clauses import SUITE, shop, AcceptsWithoutWriting\n"
        "def test_it():\n"
        "    session, example, _ = shop(AcceptsWithoutWriting)\n"
        "    SUITE.test_a_value_goes_there_and_back([example], session, session)\n"
    )
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", "-c", "/dev/null", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{root}:{root / 'tests' / 'packages'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Expected (docs/connectors.md, “Writing”)" in ran.stdout, ran.stdout + ran.stderr
    assert "What to do: " in ran.stdout
