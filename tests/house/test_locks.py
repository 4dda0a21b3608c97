"""Lock files pin by hash and name no address, so that they mean the same on every machine."""

import json
import re
import subprocess

import pytest

from launch.deployment import REPOSITORY

PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")


def committed_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def node_locks() -> list[str]:
    return [name for name in committed_files() if name.endswith("package-lock.json")]


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_a_python_lock_holds_no_address(name):
    text = (REPOSITORY / name).read_text()

    assert not re.findall(r"\w+://\S+|--(?:index-url|extra-index-url|find-links|trusted-host)", text)


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_a_python_lock_pins_every_requirement_by_hash(name):
    requirements = re.split(r"\n(?=\S)", (REPOSITORY / name).read_text().strip())
    loose = [
        text
        for text in requirements
        if not text.startswith("#") and not re.search(r"==\S+.*--hash=sha256:", text, re.DOTALL)
    ]

    assert len(requirements) > 50
    assert loose == []


def test_the_lock_for_running_is_part_of_the_one_for_developing():
    running, developing = (
        {line.split()[0] for line in (REPOSITORY / name).read_text().splitlines() if "==" in line}
        for name in PYTHON_LOCKS
    )

    assert running < developing


def test_npm_locks_hold_no_address_and_every_package_a_hash():
    names = node_locks()

    assert names
    for name in names:
        packages = json.loads((REPOSITORY / name).read_text())["packages"]
        resolved = [path for path, package in packages.items() if "://" in str(package.get("resolved", ""))]
        unhashed = [
            path
            for path, package in packages.items()
            if path and not package.get("link") and "integrity" not in package
        ]
        assert (name, resolved, unhashed) == (name, [], [])


def test_npm_is_told_to_write_no_address():
    assert "omit-lockfile-registry-resolved=true" in (REPOSITORY / ".npmrc").read_text().splitlines()
