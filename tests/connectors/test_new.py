"""A new connector installs, is linted and passes the suite as it is written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from orchestr.connectors.new import NewRefused, write_package

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    return write_package(name="acme_shop", into=tmp_path, not_in=REPOSITORY)


def run(home: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run([sys.executable, *command], cwd=home, env=env, capture_output=True, text=True, timeout=120)


def test_the_package_passes_the_suite_as_it_is_written(acme: Path) -> None:
    ran = run(acme, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:xdist")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed" in ran.stdout
    assert "skipped" not in ran.stdout


def test_the_package_passes_lint_and_format(acme: Path) -> None:
    for step in (("check",), ("format", "--check")):
        ran = run(acme, "-m", "ruff", *step, "--no-cache", ".")
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_installed_package_is_found_by_its_entry_point(acme: Path) -> None:
    """What installing does, without a network: the package and its metadata on the path."""
    info = acme / "orchestr_acme_shop-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: orchestr-acme-shop\nVersion: 0.1.0\n")
    declared = (acme / "pyproject.toml").read_text()
    assert 'acme_shop = "acme_shop:CONNECTOR"' in declared
    (info / "entry_points.txt").write_text("[orchestr.connectors]\nacme_shop = acme_shop:CONNECTOR\n")
    found = "from orchestr.connectors import registry; print(registry.get('acme_shop').kind)"
    ran = run(acme, "-c", found)
    assert ran.stdout == "acme_shop\n", ran.stderr


def test_nothing_of_the_starter_is_left_in_it(acme: Path) -> None:
    for path in acme.rglob("*.py"):
        assert "tarter" not in path.read_text(), path
    assert sorted(path.name for path in (acme / "acme_shop").iterdir()) == [
        "__init__.py",
        "catalogue.py",
        "client.py",
        "connector.py",
        "declaration.py",
        "read.py",
        "session.py",
        "setup.py",
        "write.py",
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Acme", "name"),
        ("acme-shop", "name"),
        ("../acme", "name"),
        ("class", "name"),
        ("vendure", "taken"),
        ("json", "taken"),
        ("starter", "taken"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(NewRefused) as refused:
        write_package(name=name, into=tmp_path, not_in=REPOSITORY)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_it_is_not_written_into_the_repository_or_over_anything(tmp_path: Path, acme: Path) -> None:
    with pytest.raises(NewRefused) as refused:
        write_package(name="acme_shop", into=REPOSITORY / "orchestr", not_in=REPOSITORY)
    assert refused.value.code == "inside"
    assert not (REPOSITORY / "orchestr" / "orchestr-acme-shop").exists()
    (acme / "README.md").write_text("mine")
    with pytest.raises(NewRefused) as refused:
        write_package(name="acme_shop", into=tmp_path, not_in=REPOSITORY)
    assert refused.value.code == "exists"
    assert (acme / "README.md").read_text() == "mine"


def test_the_command_says_where_it_wrote_and_why_it_did_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("new_connector", "acme_erp", into=tmp_path)
    assert f"Written: {tmp_path / 'orchestr-acme-erp'}." in capsys.readouterr().out
    with pytest.raises(CommandError, match="is there already"):
        call_command("new_connector", "acme_erp", into=tmp_path)
    shutil.rmtree(tmp_path / "orchestr-acme-erp")
