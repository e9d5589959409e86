"""Runs averaged by hand, months pooled by hand, and the tables that are written of them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.evaluate import tables
from lcapp.evaluate.class_figures import ClassRow, aerial_row, fused_row, majority_row, spread
from lcapp.evaluate.records import (
    ClassError,
    Detail,
    EnsembleFigures,
    Likeness,
    MapFigures,
    Matrix,
    MonthFigures,
    MonthSpread,
    SceneRecord,
    SeriesFigures,
    Shares,
    Truthfulness,
)
from lcapp.evaluate.series_figures import SeriesRow, series_row, spread_row

BUILDING, CONIFEROUS, DECIDUOUS = (
    FLAIR2.index(name) for name in ("building", "coniferous", "deciduous")
)


def matrix(**counts: int) -> Matrix:
    """Building against coniferous: bb, bc, cb, cc pixels, the reference first."""
    found = np.zeros((13, 13), int)
    for pair, pixels in counts.items():
        row, col = ({"b": BUILDING, "c": CONIFEROUS}[letter] for letter in pair)
        found[row, col] = pixels
    return tuple(tuple(row) for row in found.tolist())


def record(*fused: Matrix, alone: Matrix) -> SceneRecord:
    """All pixels of the maps are near edges, and half of those of the map without the series."""
    seeds = tuple((str(seed), MapFigures(one, one)) for seed, one in enumerate(fused))
    halved = tuple(tuple((np.array(row) // 2).tolist()) for row in alone)
    return SceneRecord("", "scene", seeds, MapFigures(alone, halved), (), (), None, ())


def rows(
    models: Sequence[Sequence[SceneRecord]], method: str = "ours"
) -> tuple[ClassRow, ClassRow]:
    """With ten steps, and without the series."""
    return (
        fused_row(method, models, FLAIR2, steps=10, parameters=6_800_000),
        aerial_row(f"{method}, series set to 0", models, FLAIR2, parameters=2_300_000),
    )


def two_seeds() -> tuple[ClassRow, ClassRow]:
    """Two scenes; over both, the first seed is right on 8 of 10 pixels, the second on 6."""
    scenes = [
        record(matrix(bb=5), matrix(bb=3, bc=2), alone=matrix(bb=5)),
        record(matrix(cc=3, cb=2), matrix(cc=3, cb=2), alone=matrix(cb=5)),
    ]
    return rows([scenes])


def test_the_spread_of_runs_is_that_of_a_sample() -> None:
    assert spread([0.1, 0.2, 0.6]).mean == pytest.approx(0.3)
    assert spread([0.1, 0.2, 0.6]).std == pytest.approx(np.sqrt((0.04 + 0.01 + 0.09) / 2))
    assert spread([0.4]).std is None
    assert spread([float("nan"), 0.5]).mean == 0.5
    assert spread([float("nan")]).mean is None


def test_one_model_is_averaged_over_its_seeds_with_scenes_pooled_first() -> None:
    fused, alone = two_seeds()
    assert (fused.runs, fused.over, fused.steps) == (2, "noise seeds", 10)
    assert fused.oa.mean == pytest.approx(0.7)
    assert fused.oa.std == pytest.approx(np.sqrt(2 * 0.1**2))
    # buildings 5/7, then 3/7; conifers 3/5, then 3/7
    assert fused.miou.mean == pytest.approx(np.mean([5 / 7, 3 / 5, 3 / 7, 3 / 7]))
    assert fused.miou_seasonal.mean == pytest.approx(np.mean([3 / 5, 3 / 7]))
    assert fused.miou_others.mean == pytest.approx(np.mean([5 / 7, 3 / 7]))
    assert dict(fused.f1)["building"].mean == pytest.approx(np.mean([10 / 12, 6 / 10]))
    assert np.sum(fused.confusion) == 20
    assert (alone.method, alone.steps, alone.runs) == ("ours, series set to 0", None, 1)
    assert (alone.oa.mean, alone.oa.std) == (0.5, None)
    assert (fused.parameters, alone.parameters) == (6_800_000, 2_300_000)


def test_the_spread_of_several_models_is_that_of_their_means_over_seeds() -> None:
    right, half, wrong = matrix(bb=4), matrix(bb=2, bc=2), matrix(bc=4)
    models = [[record(right, half, alone=right)], [record(half, wrong, alone=half)]]
    fused, alone = rows(models)
    assert (fused.runs, fused.over) == (2, "models")
    assert fused.oa.mean == pytest.approx(0.5)
    assert fused.oa.std == pytest.approx(np.std([0.75, 0.25], ddof=1))
    assert alone.oa.mean == pytest.approx(0.75)


def test_boundary_pixels_and_references_of_other_have_figures_of_their_own() -> None:
    whole = np.zeros((13, 13), int)
    whole[BUILDING, BUILDING], whole[CONIFEROUS, BUILDING] = 6, 2
    whole[12, BUILDING], whole[12, 12] = 4, 8
    edges = np.zeros((13, 13), int)
    edges[BUILDING, BUILDING], edges[CONIFEROUS, BUILDING] = 1, 2
    plain = [tuple(tuple(row) for row in one.tolist()) for one in (whole, edges)]
    scene = SceneRecord("", "scene", (), MapFigures(*plain), (), (), None, ())
    row = aerial_row("ours", [[scene]], FLAIR2, parameters=1)
    assert (row.miou.mean, row.oa.mean) == pytest.approx((6 / 8 / 2, 6 / 8))
    kept = row.miou_with_other.mean, row.oa_with_other.mean
    assert kept == pytest.approx((6 / 12 / 2, 14 / 20))
    near = row.miou_near_edges.mean, row.oa_near_edges.mean
    assert near == pytest.approx((1 / 3 / 2, 1 / 3))
    (told,) = read(tables.classes_csv([row]))
    assert float(told["oa_near_edges"]) == pytest.approx(1 / 3, rel=1e-5)
    # Building is the most frequent of the whole map, and so its class near edges too.
    assert majority_row([scene], FLAIR2).oa_near_edges.mean == pytest.approx(1 / 3)


def test_of_three_runs_the_interval_is_two_and_a_half_deviations_wide() -> None:
    deviation = np.std([0.1, 0.2, 0.6], ddof=1)
    assert spread([0.1, 0.2, 0.6]).half == pytest.approx(2.484 * deviation, rel=1e-3)
    assert spread([0.4]).half is None


def test_the_majority_class_is_that_of_the_references() -> None:
    row = majority_row([record(alone=matrix(bb=1, bc=1, cb=3))], FLAIR2)
    assert row.oa.mean == pytest.approx(3 / 5)
    assert dict(row.iou)["coniferous"].mean == pytest.approx(3 / 5)
    assert row.parameters is None


def read(page: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page)))


def test_the_table_of_methods_has_the_layout_of_the_papers() -> None:
    found = two_seeds()
    lines = tables.classes_tex(found).splitlines()
    assert lines[2] == r"Method & mIoU [\%] & OA [\%] & Params [M] \\"
    assert lines[4] == (
        r"ours (10 steps) & \textbf{54.3} $\pm$ 16.16 & \textbf{70.0} $\pm$ 14.14 & 6.8 \\"
    )
    assert lines[5] == r"ours, series set to 0 & 25.0 & 50.0 & 2.3 \\"
    told = read(tables.classes_csv(found))
    assert (told[0]["oa"], told[1]["oa_std"], told[1]["steps"]) == ("0.7", "", "")
    assert float(told[0]["miou_seasonal"]) == pytest.approx(np.mean([3 / 5, 3 / 7]), rel=1e-5)


def test_the_table_of_classes_has_a_dash_where_a_class_never_occurs() -> None:
    head, first = (tables.per_class_tex(two_seeds()).splitlines()[place] for place in (2, 4))
    columns = [cell.strip() for cell in head.removesuffix(r"\\").split("&")]
    cells = [cell.strip() for cell in first.removesuffix(r"\\").split("&")]
    found = dict(zip(columns, cells, strict=True))
    assert found[r"\textit{dcs.}"] == "--"
    assert found[r"\textit{cfs.}"] == r"\textbf{51.4}"
    (deciduous,) = (
        one for one in read(tables.per_class_csv(two_seeds()[:1])) if one["class"] == "deciduous"
    )
    assert (deciduous["iou"], deciduous["f1"]) == ("", "")


def test_where_nothing_is_right_nothing_is_best() -> None:
    wrong = matrix(bc=1)
    found = rows([[record(wrong, alone=wrong)]])
    page = tables.classes_tex(found) + tables.per_class_tex(found)
    assert "0.0" in page
    assert "textbf" not in page


def test_each_row_of_the_confusion_table_is_a_reference_class() -> None:
    told = read(tables.confusion_csv(two_seeds()[1:], FLAIR2.names))
    assert told[CONIFEROUS]["reference"] == "coniferous"
    assert told[CONIFEROUS]["building"] == "5"
    assert told[DECIDUOUS]["building"] == "0"


def test_names_do_not_break_latex() -> None:
    fused, _ = rows([[record(matrix(bb=1), alone=matrix(bb=1))]], "a_b & 50%")
    assert r"a\_b \& 50\% (10 steps)" in tables.classes_tex([fused])


def year(psnr: float, gradient: float, months: tuple[int, ...] = (1, 2)) -> SeriesFigures:
    true = Truthfulness(Likeness(psnr, 0.5), 3.0, None, (gradient, 0.0), (0.2, 0.0))
    return SeriesFigures(
        tuple(MonthFigures(month, 0.01 * month, true, None) for month in months),
        Likeness(psnr, None),
    )


def test_every_image_counts_alike_in_its_month_and_in_the_year() -> None:
    row = series_row("ours", "one sample", 10, [year(20, 0.1), year(30, 0.2, months=(1,))])
    months = dict(row.months)
    assert (months["01"].images, months["02"].images, row.year.images) == (2, 1, 3)
    assert (months["01"].psnr, months["02"].psnr) == (25, 20)
    assert row.year.psnr == pytest.approx(70 / 3)
    assert row.year.lr_consistency == pytest.approx(0.04 / 3)
    # The second band has no texture and no ratio.
    assert months["01"].gradient_ratio == pytest.approx(0.15 / 0.2)
    assert (row.year.ergas, row.year.sam) == (None, 3.0)
    assert row.aerial == Likeness(25, None)


def detailed(
    shares: Shares | None, ndvi: float | None, changed: float | None, **classes: tuple[int, float]
) -> MonthFigures:
    true = Truthfulness(Likeness(20.0, 0.5), 3.0, None, (0.1,), (0.2,))
    by_class = tuple((name, ClassError(*error)) for name, error in classes.items())
    return MonthFigures(4, 0.01, true, Detail(shares, 0.1, ndvi, changed, changed, by_class))


def test_details_are_means_over_the_images_that_have_them() -> None:
    images = (
        detailed(Shares(0.6, 0.3, 0.1), 0.01, None, water=(10, 0.1), building=(1, 0.5)),
        detailed(Shares(0.2, 0.3, 0.5), 0.03, 30.0, water=(90, 0.9)),
        detailed(None, None, 20.0),
    )
    row = series_row("ours", "one sample", 5, [SeriesFigures(images, None)])
    year = row.year
    assert (year.improvement, year.omission, year.hallucination) == pytest.approx((0.4, 0.3, 0.3))
    assert (year.ndvi, year.changed) == pytest.approx((np.sqrt(0.02), 25))
    # All pixels of a class alike, in whatever image: 1.0 on 100 pixels.
    assert dict(year.by_class) == pytest.approx({"water": 20, "building": -10 * np.log10(0.5)})
    (told, _) = read(tables.series_csv([row]))
    names = ("improvement", "ndvi_rmse", "psnr_changed")
    assert [told[name] for name in names] == ["0.4", "0.141421", "25"]
    assert [(one["month"], one["class"]) for one in read(tables.series_classes_csv([row]))] == [
        ("04", "water"),
        ("04", "building"),
        ("year", "water"),
        ("year", "building"),
    ]
    page = tables.detail_tex([row]).splitlines()
    assert page[4].startswith("ours, one sample & 5 & 0.4 & 0.3 & 0.3 & 0.1414 & 25 &")


def test_the_spread_of_the_year_is_that_of_all_its_images() -> None:
    sure = EnsembleFigures(0.4, 0.8, 0.6, 0.1, 0.01, 0.04)
    right = EnsembleFigures(0.6, 1.0, 0.8, 0.2, 0.03, 0.04)
    row = spread_row("ours", 5, 3, [MonthSpread(1, sure), MonthSpread(2, right)])
    assert (row.year.covered_50, row.year.covered_90) == pytest.approx((0.5, 0.9))
    assert (row.year.images, row.expected_in_range) == (2, 0.5)
    # Variances and errors first, then the ratio; a third more for the mean of three.
    assert row.year.spread_over_error == pytest.approx(np.sqrt(4 / 3 * 0.02 / 0.04))
    assert dict(row.months)["02"].crps == 0.2
    told = read(tables.spread_csv([row]))
    assert [one["month"] for one in told] == ["01", "02", "year"]
    assert (told[2]["covered_90"], told[2]["expected_in_range"]) == ("0.9", "0.5")


def test_the_gradient_ratio_is_the_mean_of_the_bands_and_none_makes_up_for_another() -> None:
    true = Truthfulness(Likeness(20.0, 0.5), 3.0, None, (0.1, 0.3), (0.2, 0.2))
    images = (MonthFigures(5, 0.01, true, None),)
    row = series_row("ours", "one sample", 5, [SeriesFigures(images, None)])
    assert row.year.gradient_ratio == pytest.approx((0.5 + 1.5) / 2)


def test_without_a_truth_only_the_low_resolution_has_a_figure() -> None:
    known = MonthFigures(5, 0.02, None, None)
    row = series_row("ours", "bicubic", None, [SeriesFigures((known,), None)])
    assert (row.year.psnr, row.year.gradient_ratio, row.year.lr_consistency) == (None, None, 0.02)
    (told, _) = read(tables.series_csv([row]))
    assert (told["month"], told["psnr"], told["lr_consistency"]) == ("05", "", "0.02")


def rows_of_years() -> list[SeriesRow]:
    return [
        series_row("ours", "bicubic", None, [year(20, 0.1)]),
        series_row("ours", "one sample", 5, [year(22.25, 0.2, months=(2,))]),
    ]


def test_the_tables_of_series_have_a_line_for_each_way() -> None:
    lines = tables.series_tex(rows_of_years()).splitlines()
    assert lines[4].startswith("ours, bicubic & -- & 20 & 0.5 & 3 & -- & 0.5 & 0.015")
    assert lines[5].startswith("ours, one sample & 5 & 22.25 &")
    by_month = tables.months_tex(rows_of_years()).splitlines()
    assert by_month[2] == r"Series & Steps & 01 & 02 \\"
    assert by_month[5] == r"ours, one sample & 5 & -- & 22.2 \\"


def test_tables_without_rows_are_tables_all_the_same() -> None:
    for page in (tables.classes_tex([]), tables.per_class_tex([]), tables.months_tex([])):
        assert page.endswith("\\end{tabular}\n")
    assert read(tables.classes_csv([])) == []


def test_rows_have_an_interval_over_domains_and_trainings() -> None:
    """Eight domains that are right on 3 to 10 of ten pixels; three trainings, a pixel apart."""
    models = [
        [
            replace(
                record(matrix(bb=right - less, bc=10 - right + less), alone=matrix(bb=5, bc=5)),
                scene=f"D{right}/a",
            )
            for right in range(3, 11)
        ]
        for less in (0, 1, 2)
    ]
    one, _ = rows(models[:1])
    assert one.oa.low < one.oa.mean < one.oa.high
    deviation = np.std(np.arange(3, 11), ddof=1) / 10
    domains = 2.365 * deviation / np.sqrt(8)
    assert one.oa.high - one.oa.low == pytest.approx(2 * domains, rel=0.15)
    several, alone = rows(models)
    assert several.oa.mean == pytest.approx(0.55)
    assert several.oa.high - several.oa.low > 2 * domains
    assert (alone.oa.low, alone.oa.high) == pytest.approx((0.5, 0.5))
    assert dict(several.iou)["building"].low is not None
    (line, _) = csv.DictReader(io.StringIO(tables.classes_csv([several, alone])))
    assert float(line["oa_low"]) == pytest.approx(several.oa.low, rel=1e-4)
    assert f"[{100 * several.oa.low:.1f}, {100 * several.oa.high:.1f}]" in tables.classes_tex(
        [several]
    )
    wrong = record(matrix(bc=10), alone=matrix(bb=5, bc=5))
    far, _ = rows([models[0], [replace(wrong, scene=one.scene) for one in models[0]]])
    assert (far.oa.low, far.oa.high) == (0, 1)  # Student's t of two trainings that are far apart
    few, _ = rows([models[0][:5]])
    assert (few.oa.low, few.oa.high) == (None, None)
