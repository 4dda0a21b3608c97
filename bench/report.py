"""Figures and ratios, as lines."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """Collects targets missed; prints each line as it is known."""

    missed: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        say(f"\n{text}")

    def figure(self, name: str, values: Sequence[float], unit: str) -> float:
        """Print the median with its spread; returns it."""
        median = statistics.median(values)
        spread = f"  (of {len(values)}: {min(values):,.4g} to {max(values):,.4g})" if len(values) > 1 else ""
        say(f"  {name:<58}{median:>10,.4g} {unit}{spread}")
        return median

    def ratio(self, name: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
        self._judge(name, value, "×", at_least, at_most)

    def target(
        self, name: str, value: float, unit: str, *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        self._judge(name, value, unit, at_least, at_most)

    def _judge(self, name: str, value: float, unit: str, at_least: float | None, at_most: float | None) -> None:
        good = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
        wanted = f"at least {at_least:,.4g}" if at_least is not None else f"at most {at_most:,.4g}"
        say(f"  → {name:<56}{value:>10,.4g} {unit}  {'reached' if good else 'MISSED'}: {wanted}")
        if not good:
            self.missed.append(name)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
