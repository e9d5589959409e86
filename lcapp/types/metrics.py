"""A figure of each month, for several ways of making the month, as a page draws and lists it."""

from collections.abc import Mapping
from dataclasses import dataclass

Year = tuple[float | None, ...]
"""Of twelve months, January first; None where there is none."""


@dataclass(frozen=True)
class MonthMetric:
    """One figure by month.

    Attributes:
        name: What it is called.
        unit: Behind its numbers; empty where it has none.
        best: `high`, `low`, or `one`.
        meaning: One sentence for whoever does not know it.
        lines: Way of making the months to its twelve values.
        year: The same to the value of the year.
        digits: After the point.
    """

    name: str
    unit: str
    best: str
    meaning: str
    lines: Mapping[str, Year]
    year: Mapping[str, float | None]
    digits: int = 2

    def worst(self, line: str) -> int | None:
        """1..12, the month in which a way is farthest from the best; None without two of them."""
        known = {month: one for month, one in enumerate(self.lines[line], 1) if one is not None}
        if len(known) < 2:
            return None
        badness = {
            "high": lambda month: -known[month],
            "low": lambda month: known[month],
            "one": lambda month: abs(known[month] - 1),
        }[self.best]
        return max(known, key=badness)
