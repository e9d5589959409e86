"""Tables of figures with their intervals, as a page draws them; on the scale that is shown."""

from dataclasses import dataclass
from typing import Literal

Best = Literal["high", "low", "one", ""]
"""Which value wins: the highest, the lowest, the one nearest to 1; or there is no winner."""


@dataclass(frozen=True)
class Figure:
    """One cell.

    Attributes:
        mean: None where there is none.
        std: Standard deviation over runs; None for fewer than two.
        low: Lower end of a 95 % interval; None where there is none.
        high: Its upper end.
    """

    mean: float | None
    std: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class FigureColumn:
    """What one column tells.

    Attributes:
        name: Over it, with the unit.
        digits: After the point.
        best: Which value wins.
        meaning: One sentence for whoever does not know it.
    """

    name: str
    digits: int = 1
    best: Best = "high"
    meaning: str = ""


@dataclass(frozen=True)
class FigureRow:
    """One line.

    Attributes:
        name: What it is of.
        figures: One a column.
        competes: It may win; what is no rival, such as the truth itself, may not.
    """

    name: str
    figures: tuple[Figure, ...]
    competes: bool = True


@dataclass(frozen=True)
class FigureTable:
    """A table.

    Attributes:
        head: Over the names of the rows.
        columns: What is told.
        rows: Of what.
    """

    head: str
    columns: tuple[FigureColumn, ...]
    rows: tuple[FigureRow, ...]

    def winners(self, column: int) -> frozenset[int]:
        """The rows with the best value of a column; none where nobody wins or all are alike.

        Where the highest wins, nobody wins with 0: where nothing was found, nobody was best.
        """
        best = self.columns[column].best
        badness = {
            place: _badness(value, best)
            for place, row in enumerate(self.rows)
            if row.competes and (value := row.figures[column].mean) is not None
        }
        if not best or len(set(badness.values())) < 2:
            return frozenset()
        least = min(badness.values())
        return frozenset(place for place, one in badness.items() if one == least)


def _badness(value: float, best: Best) -> float:
    return {"high": -value, "low": value, "one": abs(value - 1), "": 0.0}[best]
