"""Mutants of the policy that change no verdict, each with the reason: module → changed line and change → why.

`python -m tests.policy.mutants` reads this: a mutant that stands here and is noticed by a test, or is no longer made,
is an error.
"""

from collections.abc import Mapping

EQUIVALENT: Mapping[str, Mapping[str, str]] = {}
