"""What the windows of a zone tell of their series: notes and months, joined for the whole zone."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from lcapp.families.family import Ready
from lcapp.types import Month, Registration


@dataclass(frozen=True)
class MonthSeen:
    """One month of one window, as far as a zone tells it.

    Attributes:
        month: 1..12.
        present: It entered the map.
        date: Its mean date, ISO; None when absent.
        acquisitions: How many fall into it.
        used: How many were clear.
        reason: Why it is absent, or what is implausible about it.
    """

    month: int
    present: bool
    date: str | None
    acquisitions: int
    used: int
    reason: str | None


@dataclass(frozen=True)
class Told:
    """What one window told.

    Attributes:
        notes: What was assumed, one sentence each.
        months: Twelve where its series is read by months, else none.
        registration: Where its series lay, without its dates; None where it was left there.
    """

    notes: tuple[str, ...]
    months: tuple[MonthSeen, ...]
    registration: Registration | None = None


def told_by(ready: Ready) -> Told:
    """Of a window as its model took it."""
    found: Registration | None = getattr(ready, "registration", None)
    months: Sequence[Month] = getattr(ready, "months", ())  # of families that average by months
    return Told(
        ready.notes,
        tuple(
            MonthSeen(
                one.month,
                one.present,
                one.date.isoformat() if one.date else None,
                one.acquisitions,
                one.used,
                one.reason,
            )
            for one in months
        ),
        None if found is None else replace(found, dates=()),
    )


def joined(
    first: Iterable[str], windows: Iterable[Told]
) -> tuple[tuple[str, ...], list[dict[str, Any]], dict[str, Any] | None]:
    """What is told of a whole zone; of the windows one at a time is held.

    Args:
        first: Notes of the zone itself.
        windows: In their order.

    Returns:
        Each note once; and what became of each month, nothing where none is read by months.
        `present` is true where a month is there in every window, `windows` says in how many it is;
        a date that not all of these have is null. A reason that not all windows share is told by
        its kind, with the number of windows. Last, where the series lay: the median of the windows
        that tell it to about a metre, of all where none does.
    """
    notes, months = dict.fromkeys(first), [_Month() for _ in range(12)]
    laid: list[Registration] = []
    for one in windows:
        notes |= dict.fromkeys(one.notes)
        laid += [] if one.registration is None else [one.registration]
        for month, seen in zip(months, one.months, strict=bool(one.months)):
            month.add(seen)
    told = [month.told(number) for number, month in enumerate(months, start=1) if month.seen]
    return tuple(notes), told, _laid(laid)


def _laid(windows: Sequence[Registration]) -> dict[str, Any] | None:
    if not windows:
        return None
    decided = [one for one in windows if one.decided]
    return {
        "windows": len(windows),
        "decided": len(decided),
        "east": round(median(one.east for one in decided or windows), 2),
        "north": round(median(one.north for one in decided or windows), 2),
    }


class _Month:
    """One calendar month over the windows."""

    def __init__(self) -> None:
        self.seen = self.present = self.acquisitions = self.used = 0
        self.dates: set[str | None] = set()
        self.reasons: Counter[str | None] = Counter()

    def add(self, one: MonthSeen) -> None:
        """One more window."""
        self.seen += 1
        self.present += one.present
        self.acquisitions = max(self.acquisitions, one.acquisitions)
        self.used = max(self.used, one.used)
        if one.present:
            self.dates.add(one.date)
        self.reasons[one.reason] += 1

    def told(self, number: int) -> dict[str, Any]:
        """As `summary.json` has it."""
        return {
            "month": number,
            "present": self.present == self.seen,
            "windows": self.present,
            "date": next(iter(self.dates)) if len(self.dates) == 1 else None,
            "acquisitions": self.acquisitions,
            "used": self.used,
            "reason": self._reason(),
        }

    def _reason(self) -> str | None:
        if len(self.reasons) == 1:
            return next(iter(self.reasons))
        kinds: Counter[str] = Counter()
        for reason, count in self.reasons.items():
            if reason is not None:
                kinds[reason.partition(":")[0]] += count
        counted = ", ".join(f"{kind} in {n}" for kind, n in sorted(kinds.items()))
        return f"{counted} of {self.seen} windows"
