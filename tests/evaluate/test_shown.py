"""Tables for a page: on the scale that is shown, with what may win and what may not."""

from dataclasses import replace

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.evaluate.class_figures import aerial_row, fused_row, majority_row
from lcapp.evaluate.intervals import Difference
from lcapp.evaluate.records import (
    Likeness,
    MapFigures,
    MonthFigures,
    SceneRecord,
    SeriesFigures,
    Truthfulness,
)
from lcapp.evaluate.scene_figures import SceneRow, scene_row, worst
from lcapp.evaluate.series_figures import TRUTH, series_row
from lcapp.evaluate.tables import scenes_csv
from lcapp.evaluate.tables.shown import (
    class_table,
    difference_table,
    over_domains,
    overall_table,
    year_table,
)
from lcapp.types.figures import Figure


def counts(right: int, wrong: int) -> MapFigures:
    """So many pixels of building that are right, and that are taken for water."""
    matrix = np.zeros((13, 13), int)
    building, water = FLAIR2.index("building"), FLAIR2.index("water")
    matrix[building, building], matrix[building, water] = right, wrong
    whole = tuple(tuple(row) for row in matrix.tolist())
    return MapFigures(whole, whole)


def record(scene: str, *seeds: tuple[int, int], psnr: float | None = None) -> SceneRecord:
    """Right and wrong pixels of each seed; without a series half are right."""
    truth = Truthfulness(Likeness(psnr or 0.0, None), None, None, (1.0,), (1.0,))
    month = MonthFigures(6, None, None if psnr is None else truth, None)
    return SceneRecord(
        key="",
        scene=scene,
        fused=tuple((str(seed), counts(*one)) for seed, one in enumerate(seeds)),
        without_series=counts(5, 5),
        rivals=(),
        samples=(SeriesFigures((month,), None),),
        mean=None,
        spread=(),
    )


def test_the_overall_table_tells_per_cent_and_the_interval_over_runs() -> None:
    records = [[record("a", (8, 2), (6, 4))]]
    rows = (
        fused_row("ours", records, FLAIR2, steps=1, parameters=4_600_000),
        aerial_row("ours, series set to 0", [[record("a", (10, 0))]], FLAIR2, parameters=1),
        majority_row(records[0], FLAIR2),
    )
    table = overall_table(rows)
    ours, alone, majority = table.rows
    oa = ours.figures[1]
    assert ours.name == "ours (1 step)"
    assert oa.mean == pytest.approx(70)
    assert oa.std == pytest.approx(100 * np.std([0.8, 0.6], ddof=1))
    # Student's t of one degree is 12.7: the interval ends where shares end.
    assert (oa.low, oa.high) == (0.0, 100.0)
    assert ours.figures[-1] == Figure(4.6)
    assert [row.competes for row in table.rows] == [True, False, False]
    assert majority.figures[1].mean == 100  # of one class: and yet no winner
    assert table.winners(1) == frozenset()
    assert alone.figures[1].low is None


def test_intervals_are_those_over_domains_where_there_are_enough() -> None:
    row = fused_row("ours", [[record("a", (8, 2), (6, 4))]], FLAIR2, steps=1, parameters=1)
    assert not over_domains([row])
    wide = replace(row, oa=replace(row.oa, low=0.6, high=0.75))
    figures = overall_table([wide]).rows[0].figures
    assert (figures[1].low, figures[1].high) == (60, 75)
    assert (figures[0].low, figures[0].high) == (None, None)  # not those over runs beside them


def test_the_class_table_has_short_names_and_tells_the_long_ones() -> None:
    row = fused_row("ours", [[record("a", (8, 2))]], FLAIR2, steps=2, parameters=1)
    table = class_table([row])
    assert (table.columns[0].name, table.columns[0].meaning) == ("bld.", "building")
    assert len(table.columns) == 12
    assert table.rows[0].figures[0].mean == pytest.approx(80)
    assert class_table([]).columns == ()


def test_a_year_table_leaves_out_what_nobody_knows_and_the_truth_never_wins() -> None:
    known = record("a", psnr=30.0).samples
    rows = [
        series_row("ours", TRUTH, None, record("a", psnr=100.0).samples),
        series_row("ours", "bicubic", None, record("a", psnr=20.0).samples),
        series_row("ours", "one sample", 1, known),
    ]
    table = year_table(rows)
    assert [one.name for one in table.columns] == ["PSNR [dB]", "Gradients"]
    assert table.winners(0) == {2}
    assert table.winners(1) == frozenset()  # all alike
    unknown = year_table([series_row("ours", "bicubic", None, record("a").samples)])
    assert unknown.columns == ()


def test_differences_of_shares_are_points_and_those_of_psnr_are_not() -> None:
    found = [
        Difference("miou", "a", "b", 0.012, 0.01, 0.02, 6, 9, None),
        Difference("psnr", "a", "c", 1.5, None, None, 2, 9, None),
        Difference("oa_with_other", "a", "b", 0.5, None, None, 2, 9, None),
    ]
    table = difference_table(found)
    assert [one.name for one in table.columns] == ["mIoU [points]", "PSNR [dB]"]
    first, second = table.rows
    assert (first.name, second.name) == ("a less b", "a less c")
    assert first.figures == (Figure(1.2, None, 1.0, 2.0), Figure(None))
    assert second.figures[1] == Figure(1.5)


def test_the_worst_scenes_come_first_and_those_without_a_figure_not_at_all() -> None:
    rows = [
        scene_row("ours", 1, FLAIR2, [record(scene, *seeds, psnr=psnr)])
        for scene, seeds, psnr in (
            ("a", ((9, 1), (7, 3)), 25.0),
            ("b", ((1, 9), (3, 7)), None),
            ("c", ((10, 0), (10, 0)), 20.0),
        )
    ]
    assert [row.oa for row in rows] == [pytest.approx(0.8), pytest.approx(0.2), 1.0]
    assert [row.scene for row in worst(rows, "oa", 2)] == ["b", "a"]
    assert [row.scene for row in worst(rows, "psnr", 10)] == ["c", "a"]
    alone = scene_row("ours", None, FLAIR2, [record("a", (9, 1))])
    assert alone.oa == 0.5
    assert scenes_csv([SceneRow("ours", None, "a", 0.5, None, 20.0)]).splitlines() == [
        "method,steps,scene,oa,miou,psnr",
        "ours,,a,0.5,,20",
    ]
