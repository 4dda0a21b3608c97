"""A new connector as an installable package: the starter under another name, with its pyproject and its first test."""

import ast
import keyword
import re
import sys
from pathlib import Path

from orchestr.connectors import registry
from orchestr.connectors.base import ConnectorError

STARTER = Path(__file__).parent / "starter"
NAME = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
LONGEST = 40
PACKAGE = "orchestr.connectors.starter"


class NewRefused(ConnectorError):
    """No package was written; the text says why and what to do."""


def write_package(*, name: str, into: Path, not_in: Path) -> Path:
    """Write `into/orchestr-<name>/` and return it. Writes nothing where anything stands in the way.

    Refuses a name that is no Python package's, one that is taken, a folder inside `not_in` (this repository), and one
    that is there already.
    """
    _refuse_name(name)
    home = (into / f"orchestr-{name.replace('_', '-')}").resolve()
    if home.is_relative_to(not_in.resolve()):
        raise NewRefused("inside", "A connector of your own lives outside this repository: choose another --into.")
    if home.exists():
        raise NewRefused("exists", f"{home} is there already: choose another --into, or remove it.")
    texts = {
        home / name / path.relative_to(STARTER): path.read_text(encoding="utf-8")
        for path in sorted(STARTER.glob("*.py"))
    }
    texts |= {
        home / "tests" / path.name: path.read_text(encoding="utf-8") for path in sorted(STARTER.glob("tests/*.py"))
    }
    written = {path: _renamed(text, name) for path, text in texts.items()}
    written[home / "pyproject.toml"] = _PYPROJECT.format(name=name, project=home.name)
    written[home / "README.md"] = _README.format(name=name, project=home.name, title=_title(name))
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def _refuse_name(name: str) -> None:
    if not NAME.match(name) or len(name) > LONGEST or keyword.iskeyword(name):
        raise NewRefused(
            "name", f"{name!r} cannot be a package: use small letters, digits and single underscores, as in acme_shop."
        )
    if name in registry.kinds() or name in sys.stdlib_module_names or name in ("orchestr", "starter", "tests"):
        raise NewRefused("taken", f"{name!r} is taken: choose another name.")


def _renamed(text: str, name: str) -> str:
    """Imports first, then the words: `orchestr.connectors.starter` is the new package, `Starter` its class."""
    text = text.replace(f"{PACKAGE}.tests.", "tests.").replace(PACKAGE, name)
    text = text.replace('"starter-test"', f'"{name.replace("_", "-")}-test"').replace('"starter"', f'"{name}"')
    text = text.replace('title="Starter"', f'title="{_title(name)}"').replace("Starter", _class(name))
    # There Orchestr is a package from elsewhere, like pytest.
    return _own_imports_last(text.replace("import pytest\n\nfrom orchestr", "import pytest\nfrom orchestr"), name)


def _own_imports_last(text: str, name: str) -> str:
    """In a package of its own its imports are the first party's, a paragraph after all others."""
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom | ast.Import)]
    own = [
        node
        for node in imports
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in (name, "tests")
    ]
    others = [node for node in imports if node not in own]
    if not own or not others:
        return text
    lines = text.splitlines()
    taken = {number for node in own for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    moved = [lines[node.lineno - 1] for node in sorted(own, key=lambda node: node.module or "")]
    last = max(node.end_lineno or node.lineno for node in others)
    kept = [line for number, line in enumerate(lines, start=1) if number not in taken and number <= last]
    rest = [line for number, line in enumerate(lines, start=1) if number not in taken and number > last]
    return "\n".join([*kept, "", *moved, *rest]) + "\n"


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


_PYPROJECT = """\
[project]
name = "{project}"
version = "0.1.0"
description = "An Orchestr connector."
requires-python = ">=3.13"
dependencies = ["orchestr"]

[project.optional-dependencies]
test = ["pytest>=8"]

[project.entry-points."orchestr.connectors"]
{name} = "{name}:CONNECTOR"

[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["{name}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]

[tool.ruff]
line-length = 120
target-version = "py313"
"""

_README = """\
# {title}: a connector for Orchestr

It works as it is, against a tiny shop in its own tests:

    pip install --no-deps --no-build-isolation -e .   # into the environment that Orchestr runs in
    pytest

Now make it speak to your system, in this order; the suite says at each step what is still wrong:

1. `{name}/client.py`: the requests, and what each failure means. In doubt between "not sent" and "not known": not known.
2. `{name}/read.py` and `{name}/catalogue.py`: values in Orchestr's words and shapes.
3. `{name}/declaration.py`: what is true of the system: guarantee, reversibility, how long a write may still land.
4. `{name}/write.py`: compare as late as you can, refuse what nobody can mean.
5. `tests/test_conformance.py`: point `subject` at a sandbox of the real system, with one credential that can only read
   and one that can publish. Then remove `tests/tiny_shop.py`.

`orchestr.connectors.conformance.cassette` records replies of the sandbox for tests that run without it. Everything
a connector owes is in Orchestr's docs/connectors.md.
"""
