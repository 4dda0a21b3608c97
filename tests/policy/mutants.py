"""Mutants of the policy: one small change of the code at a time, and whether a test notices.

`python -m tests.policy.mutants [MODULE …]` names the survivors, one a line. The tests are collected once; then, one
process at a time, each mutant is a fork that runs the tests beside the changed module and, if those let it live, all
of the policy's tests that are quick; a rule has to be held by its own table and by what docs/policy.md says of it.
What is no body of a function is imported anew in the fork. A mutant that changes no verdict stands in `equivalent.py`
with its reason; one that stands there and is noticed, or is no longer made, is an error as much as a survivor.
"""

import argparse
import contextlib
import importlib
import io
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from tests.policy.equivalent import EQUIVALENT
from tests.policy.mutations import Mutant, mutants
from tests.policy.swap import Changed, swap_bodies

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "orchestr" / "policy"
TESTS = ROOT / "tests" / "policy"
DEFAULTS = ROOT / "tests" / "house" / "test_rules.py"  # holds every default against docs/policy.md
SLOW = (
    "properties",
    "every_rule",
    "layers",
    "lower",
    "what_if",
    "unattended",
    "unattended_adversary",
    "unattended_classes",
    "unattended_money",
    "unattended_windows",
    "splitting",
    "price_history",
    "price_windows",
    "contradictions",
    "stacking",
)
DEFAULT = ("rules/*.py", "evaluate.py", "quorum.py", "risk.py", "pricing.py", "compare.py")
BESIDE: Mapping[str, Sequence[str]] = {  # the tests that are not named after the module alone
    **{f"budget_{scope}": ["budgets"] for scope in ("agent", "segment", "sku")},
    **{f"message_{part}": ["message"] for part in ("audience", "consent", "discount", "frequency", "quiet_hours")},
    "around": ["standing"], "commerce_facts": ["standing"], "commitments": ["commitments", "locked", "promise_broken"],
    "findings": ["findings", "compare", "evaluate"], "item_facts": ["facts"], "layered": ["layers"],
    "layers": ["layer_shapes", "layers"], "messages": ["messages", "message"],
    "promotions": ["promotions", "promotion_window", "promotion_discount", "promotion_budget", "promotion_duplicate", "promotion_reach"],
    "prior_price": ["prior_price", "prior_price_exceptions"],
    "rolling": ["budgets", "template_family", "uses"],
    "rule": ["rule", "promotion_window", "confidence", "evidence", "price_change", "promise_broken", "template_family", "budgets"],
    "ruleset": ["ruleset", "layer_differences", "layers"], "scripts": ["scripts", "copy_characters", "copy_claims"],
    "stacking": ["stacking_cases", "stacking"], "timeline": ["timeline", "stacking"], "what_if": ["what_if_moves", "what_if"], "unattended_asked": ["unattended"], "unattended_ladder": ["unattended"],
    "unattended_losses": ["unattended", "unattended_money"], "unattended_shares": ["unattended_money"],
    "unattended_steps": ["unattended"], "values": ["values", "facts"],
}  # fmt: skip
PATIENCE = 120  # seconds; what runs on for longer is noticed by running on
PLAIN = ["-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "--noconftest", "--assert=plain"]


def beside(path: Path) -> list[Path]:
    """The tests that are named after the module."""
    names = [f"test_{name}.py" for name in BESIDE.get(path.stem, [path.stem])]
    return [found for name in names for found in (TESTS / name, TESTS / "rules" / name) if found.exists()]


def near_of(path: Path) -> list[Path]:
    return [*beside(path), DEFAULTS]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tests_of(path: Path, *, near: bool) -> list[Path]:
    """What has to notice a mutant of this module, in the order it is asked."""
    if near or path.parent.name == "rules":
        return near_of(path)
    quick = [test for test in sorted(TESTS.rglob("test_*.py")) if test.stem.removeprefix("test_") not in SLOW]
    return list(dict.fromkeys([*near_of(path), *quick]))


def collected(tests: Sequence[Path], then: Callable[[Sequence[pytest.Item]], None]) -> int:
    """Collect these tests in their order and hand them over instead of running them. Gives pytest's exit code."""

    class Collected:
        def pytest_runtestloop(self, session: pytest.Session) -> bool:
            then(session.items)
            return True

    plain = [*PLAIN, "-c", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib"]
    return int(pytest.main([*plain, *map(str, tests)], plugins=[Collected()]))


def fails(items: Sequence[pytest.Item]) -> bool:
    """Whether one of them fails; what comes after it is not run."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            return True
    return False


def fails_anew(tests: Sequence[Path]) -> bool:
    """The same with every module of ours imported once more."""
    for known in [known for known in sys.modules if known.startswith(("orchestr.", "tests."))]:
        del sys.modules[known]
    found: list[bool] = []
    return collected(tests, lambda items: found.append(fails(items))) != 0 or found != [False]


def forked(ask: Callable[[], bool]) -> bool:
    """The answer of a process of its own; True as well where it fails to answer."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
    code = 1
    try:
        signal.alarm(PATIENCE)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            code = int(ask())
    finally:
        os._exit(code)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Trial:
    """Tries every mutant of the modules given, and counts."""

    def __init__(self, items: Sequence[pytest.Item], anew: Sequence[Path], *, near: bool) -> None:
        self.near = near
        self.by_path: dict[Path, list[pytest.Item]] = {}
        for item in items:
            self.by_path.setdefault(item.path, []).append(item)
        self.counts = Counter[str]()
        for path in list(self.by_path):
            if forked(lambda path=path: fails(self.by_path[path])):
                say(f"# {path.relative_to(ROOT)} fails with nothing changed and is left out")
                del self.by_path[path]
        if forked(lambda: fails_anew([path for path in self.by_path if path in anew])):
            raise RuntimeError("the tests fail when they are imported anew: nothing they notice would tell anything")

    def module(self, path: Path) -> None:
        importlib.import_module(name_of(path))  # what no test has imported could not be swapped
        known = dict(EQUIVALENT.get(str(path.relative_to(POLICY)), {}))
        here = Counter[str]()
        for mutant in mutants(path.read_text()):
            noticed = self.notices(path, mutant)
            listed = known.pop(mutant.name, None) is not None
            here["made"] += 1
            here["noticed" if noticed else "equivalent" if listed else "lived"] += 1
            if noticed == listed:
                here["wrong"] += noticed
                what = "is listed as changing nothing, and a test notices it: " if noticed else ""
                say(f"{path.relative_to(ROOT)}:{mutant.line}: {what}{mutant.name}")
        for gone in known:
            here["wrong"] += 1
            say(f"{path.relative_to(ROOT)}: is listed and no longer made: {gone}")
        self.counts += here
        say(f"# {path.relative_to(ROOT)}: {figures(here)}")

    def notices(self, path: Path, mutant: Mutant) -> bool:
        name = name_of(path)
        tests = [test for test in tests_of(path, near=self.near) if test in self.by_path]

        def swapped() -> bool:
            swap_bodies(name, mutant.tree, path)
            return fails([item for test in tests for item in self.by_path[test]])

        def anew() -> bool:
            sys.meta_path.insert(0, Changed(name, mutant.tree, path))
            return fails_anew([test for test in tests if test in near_of(path)])

        return forked(swapped if mutant.in_a_body else anew)


def figures(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in ("made", "noticed", "equivalent", "lived", "wrong"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(DEFAULT), help="patterns below orchestr/policy")
    parser.add_argument("--near", action="store_true", help="ask only the tests named after each module")
    given = parser.parse_args()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # tests of the policy need none
    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, phases=[*hypothesis.Phase][:3]
    )
    hypothesis.settings.load_profile("mutants")
    paths = sorted({path for pattern in given.modules for path in POLICY.glob(pattern) if path.stem != "__init__"})
    tests = list(dict.fromkeys(test for path in paths for test in tests_of(path, near=given.near)))
    counts = Counter[str]()

    def tried(items: Sequence[pytest.Item]) -> None:
        trial = Trial(items, [test for path in paths for test in near_of(path)], near=given.near)
        for path in paths:
            trial.module(path)
        counts.update(trial.counts)

    collected(tests, tried)
    say(f"# {figures(counts)}")
    return 1 if counts["lived"] or counts["wrong"] or not counts["made"] else 0


if __name__ == "__main__":
    sys.exit(main())
