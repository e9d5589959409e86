"""Tables, bars, confusion and cards of an evaluation: values in, what is drawn out."""

import numpy as np
import pytest

from lcapp.types.figures import Figure, FigureColumn, FigureRow, FigureTable
from lcapp.views.evaluate.bars import class_bars
from lcapp.views.evaluate.confusion import confusion_figure, mistakes, shares
from lcapp.views.evaluate.table import table_html
from lcapp.views.evaluate.worst import SceneCard, cards_html

NAMES = ("building", "water", "vineyard")


def table(*rows: FigureRow, best: str = "high") -> FigureTable:
    return FigureTable("Method", (FigureColumn("OA [%]", 1, best, "Right <pixels>."),), rows)


def test_the_best_is_bold_and_an_interval_stands_beneath() -> None:
    page = table_html(
        table(
            FigureRow("a & b", (Figure(61.26, 0.125, 60.0, 62.5),)),
            FigureRow("worse", (Figure(50.0),)),
            FigureRow("the truth", (Figure(100.0),), competes=False),
            FigureRow("none", (Figure(None),)),
        ),
        "Maps",
    )
    assert "<td><b>61.3 ± 0.12</b><small>60.0 to 62.5</small></td>" in page
    assert "<th scope='row'>a &amp; b</th>" in page
    assert "<td>50.0</td>" in page
    assert "<td>100.0</td>" in page
    assert "<td>–</td>" in page
    assert "<abbr title='Right &lt;pixels&gt;.'>OA [%]</abbr>" in page
    assert "<td><b>61.3</b></td>" in table_html(
        table(FigureRow("a", (Figure(61.26, 0.1, 60.0, 62.5),)), FigureRow("b", (Figure(1.0),))),
        "Maps",
        spread=False,
    )


@pytest.mark.parametrize(
    ("best", "values", "winners"),
    [
        ("high", (1.0, 3.0, 3.0), {1, 2}),
        ("low", (1.0, 3.0, None), {0}),
        ("one", (0.5, 1.2, 2.0), {1}),
        ("", (1.0, 2.0, 3.0), set()),
        ("high", (2.0, 2.0, 2.0), set()),
    ],
)
def test_who_wins_a_column(best: str, values: tuple[float | None, ...], winners: set[int]) -> None:
    rows = [FigureRow(str(at), (Figure(value),)) for at, value in enumerate(values)]
    assert table(*rows, best=best).winners(0) == winners


def test_bars_are_named_by_class_and_reach_to_the_ends_of_the_interval() -> None:
    of = FigureTable(
        "IoU [%]",
        (FigureColumn("bld.", meaning="building"), FigureColumn("wt.", meaning="water")),
        (FigureRow("ours", (Figure(60.0, 1.0, 57.0, 64.0), Figure(None))),),
    )
    (bar,) = class_bars(of).data
    assert list(bar.y) == ["building", "water"]
    assert list(bar.x) == [60.0, None]
    assert (list(bar.error_x.array), list(bar.error_x.arrayminus)) == ([4.0, 0.0], [3.0, 0.0])


def test_confusion_is_in_shares_of_the_reference_and_without_classes_that_nobody_has() -> None:
    matrix = ((6, 2, 0), (0, 0, 0), (0, 0, 0))
    there, found = shares(matrix)
    assert list(there) == [0, 1]
    assert np.allclose(found[0], [0.75, 0.25])
    assert np.isnan(found[1]).all()
    (heat,) = confusion_figure(matrix, NAMES).data
    assert list(heat.y) == ["building", "water"]
    assert heat.text[0][1] == "25"
    assert heat.text[1][0] == ""


def test_the_commonest_mistakes_in_words() -> None:
    matrix = ((5, 1, 0), (3, 1, 0), (0, 0, 0))
    assert mistakes(matrix, NAMES, 3) == (
        "water taken for building: 30.0% of all pixels",
        "building taken for water: 10.0% of all pixels",
    )
    assert mistakes(((2, 0), (0, 2)), NAMES, 3) == ()


def test_a_scene_leads_to_its_address_and_its_name_is_text() -> None:
    dot = np.zeros((1, 1, 4), np.uint8)
    page = cards_html(
        [
            SceneCard("<b>a</b>", "OA 1 %", "./?collection=x&scene=y", dot),
            SceneCard("c", "", "./?scene=%27", None),
        ]
    )
    assert "href='./?collection=x&amp;scene=y'" in page
    assert "&lt;b&gt;a&lt;/b&gt;" in page
    assert page.count("<img ") == 1
    assert "no picture" in page
