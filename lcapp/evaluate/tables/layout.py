"""Lines of cells as a page of CSV or a LaTeX table."""

import csv
import io
from collections.abc import Sequence

Cell = str | int | float | None


def csv_page(head: Sequence[str], lines: Sequence[Sequence[Cell]]) -> str:
    """A comma between cells, six digits of each number, nothing for None."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(head)
    for line in lines:
        writer.writerow([f"{one:.6g}" if isinstance(one, float) else one for one in line])
    return page.getvalue()


def tex_page(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A `tabular` with rules; cells are LaTeX."""
    rows = [" & ".join(cells) + r" \\" for cells in (head, *lines)]
    begin = f"\\begin{{tabular}}{{l{'c' * (len(head) - 1)}}}"
    body = ["\\hline", rows[0], "\\hline", *rows[1:], "\\hline"]
    return "\n".join([begin, *body, "\\end{tabular}", ""])


def markdown_page(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; bars in cells are written as such."""
    rows = [head, ["---"] * len(head), *lines]
    told = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    return "".join(f"| {' | '.join(row)} |\n" for row in told)


def figure(value: float | None, digits: int) -> str:
    """So many significant digits; a dash for None."""
    return "--" if value is None else f"{value:.{digits}g}"


def escaped(text: str) -> str:
    """Text in which LaTeX sees no commands."""
    special = {**{one: f"\\{one}" for one in "&%$#_{}"}, "\\": "/", "~": " ", "^": " "}
    return "".join(special.get(letter, letter) for letter in text)
