"""With CI=true a test that does not run fails the run; nobody gets Django to empty a database."""

import os
import subprocess
import sys

import pytest

from launch.deployment import REPOSITORY

SUITE = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="not today")
def test_skipped(): pass

@pytest.mark.xfail(strict=False)
def test_expected_to_fail(): assert False
"""


def run_pytest(folder, text, *arguments, ci):
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_suite.py").write_text(text)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "launch.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:django",
        str(folder),
    ]
    return subprocess.run(
        [*argv, *arguments],
        cwd=folder,
        env=env | {"CI": ci, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ((), "1 skipped, 1 xfailed"),
        (("-k", "runs"), "2 deselected"),
        (("-k", "runs", "-n", "1"), "2 deselected"),
    ],
)
def test_ci_fails_a_run_that_leaves_tests_out(tmp_path, arguments, missing):
    ran = run_pytest(tmp_path, SUITE, *arguments, ci="true")

    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert f"every test must run: {missing}" in ran.stdout


def test_outside_ci_a_skip_is_only_said(tmp_path):
    ran = run_pytest(tmp_path, SUITE, ci="")

    assert ran.returncode == pytest.ExitCode.OK
    assert "1 passed, 1 skipped, 1 xfailed" in ran.stdout


def test_ci_passes_a_run_in_which_everything_ran(tmp_path):
    ran = run_pytest(tmp_path, "def test_runs(): pass\n", ci="true")

    assert ran.returncode == pytest.ExitCode.OK


def test_a_test_that_would_flush_the_database_is_refused(tmp_path):
    asks = "import pytest\n@pytest.mark.django_db(transaction=True)\ndef test_flushes(): pass\n"

    ran = run_pytest(tmp_path, asks, ci="")

    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "`committed`" in ran.stderr + ran.stdout
