"""Differences between lines, worked out by hand on records of a few scenes."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from lcapp.classes import FLAIR2
from lcapp.evaluate.records import (
    Detail,
    Likeness,
    MapFigures,
    Matrix,
    MonthFigures,
    SceneRecord,
    SeriesFigures,
    Truthfulness,
)
from lcapp.evaluate.tables import series_csv, series_tex
from lcapp.families.door import open_model
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.pipeline.evaluation.differences import class_differences, series_differences
from lcapp.pipeline.evaluation.rows import Through, all_series_rows

SETTINGS = Settings(steps=(5,), seeds=(0,), samples=2)
DOMAINS = 8
SCENES = tuple(f"D{domain}/{tile}" for domain in range(DOMAINS) for tile in "ab")


def matrix(right: int, wrong: int) -> Matrix:
    """Buildings of ten pixels."""
    found = np.zeros((13, 13), int)
    found[0, 0], found[0, 1] = right, wrong
    return tuple(tuple(row) for row in found.tolist())


def year(psnr: float, changed: float | None) -> SeriesFigures:
    true = Truthfulness(Likeness(psnr, None), None, None, (), ())
    detail = Detail(None, 0.0, None, changed, changed, ())
    return SeriesFigures((MonthFigures(7, None, true, detail),), None)


def record(scene: str, right: int, gain: float, changed: float | None = 25.0) -> SceneRecord:
    """So many of ten pixels right with the series, five without; samples so far above bicubic."""
    maps, alone = (MapFigures(matrix(n, 10 - n), matrix(n, 10 - n)) for n in (right, 5))
    lost = None if changed is None else changed - 1
    samples = (year(20 + gain, changed), year(20 + gain, changed))
    rivals = (("bicubic", year(20, lost)), ("the truth itself", year(100, 100)))
    return SceneRecord("", scene, (("0", maps),), alone, rivals, samples, samples[0], ())


def through(name: str, records: Sequence[SceneRecord]) -> Through:
    card = replace(open_model("tiny").card, maps=(("landcover", FLAIR2),))
    return Through(name, card, (1, 1), {5: {one.scene: one for one in records}})


def methods(*names: str) -> list[Method]:
    return [Method(name, (name,)) for name in names]


def test_a_gain_that_is_the_same_in_each_domain_is_sure() -> None:
    model = through("ours", [record(scene, 8, 0.5) for scene in SCENES])
    found = class_differences(methods("ours"), [model], SCENES, SETTINGS)
    oa = {one.figure: one for one in found}["oa"]
    assert (oa.of, oa.less) == ("ours (5 steps)", "ours, series set to 0")
    assert (oa.mean, oa.low, oa.high) == pytest.approx((0.3, 0.3, 0.3))
    assert (oa.domains, oa.scenes, oa.trainings) == (DOMAINS, 2 * DOMAINS, None)
    by_image = series_differences(methods("ours"), [model], SCENES, SETTINGS)
    assert [(one.figure, one.of, one.less) for one in by_image] == [
        (figure, f"ours, {image} (5 steps)", "ours, bicubic")
        for image in ("one sample", "mean of 2 samples")
        for figure in ("psnr", "changed")
    ]
    assert [one.mean for one in by_image] == pytest.approx([0.5, 1.0] * 2)


def test_scenes_of_a_domain_are_no_evidence_of_their_own() -> None:
    gains = np.linspace(-1, 2, DOMAINS)
    within = [record(scene, 8, gains[int(scene[1])]) for scene in SCENES]
    once = [one for one in within if one.scene.endswith("a")]
    (twice,), (single,) = (
        [
            one
            for one in series_differences(
                methods("ours"), [through("ours", records)], SCENES, SETTINGS
            )
            if one.figure == "psnr" and "mean" in one.of
        ]
        for records in (within, once)
    )
    assert twice.mean == pytest.approx(0.5)
    assert (twice.low, twice.high) == pytest.approx((single.low, single.high))
    # Student's interval of eight normal values with this deviation, by hand.
    half = 2.365 * np.std(gains, ddof=1) / np.sqrt(DOMAINS)
    assert twice.high - twice.low == pytest.approx(2 * half, rel=0.15)


def test_two_methods_are_paired_on_the_scenes_that_both_have() -> None:
    hard = {scene: int(scene[1]) % 5 for scene in SCENES}
    ours = through("ours", [record(scene, 9 - hard[scene], hard[scene]) for scene in SCENES])
    base = through(
        "base", [record(scene, 8 - hard[scene], hard[scene] - 0.25) for scene in SCENES[2:]]
    )
    both = methods("ours", "base"), [ours, base], SCENES, SETTINGS
    oa = {(one.less, one.figure): one for one in class_differences(*both)}["base (5 steps)", "oa"]
    # Domains differ much, the methods by one pixel in ten in each of them.
    assert (oa.mean, oa.low, oa.high) == pytest.approx((0.1, 0.1, 0.1))
    assert (oa.domains, oa.scenes) == (DOMAINS - 1, len(SCENES) - 2)
    (psnr,) = (
        one
        for one in series_differences(*both)
        if (one.figure, one.of, one.less)
        == ("psnr", "ours, one sample (5 steps)", "base, one sample (5 steps)")
    )
    assert (psnr.mean, psnr.high) == pytest.approx((0.25, 0.25))


def test_several_trainings_have_an_interval_of_their_own() -> None:
    ours = [through("ours", [record(one, right, 0.0) for one in SCENES]) for right in (7, 8, 9)]
    base = [through("base", [record(one, right, 0.0) for one in SCENES]) for right in (6, 6, 6)]
    found = class_differences(methods("ours", "base"), [*ours, *base], SCENES, SETTINGS)
    oa = {(one.less, one.figure): one for one in found}["base (5 steps)", "oa"]
    assert oa.mean == pytest.approx(0.2)
    assert oa.trainings == pytest.approx(4.303 * 0.1 / np.sqrt(3), abs=1e-3)


def test_few_domains_have_no_interval_and_no_change_no_difference() -> None:
    model = through("ours", [record(scene, 8, 0.5, changed=None) for scene in SCENES[:4]])
    found = series_differences(methods("ours"), [model], SCENES, SETTINGS)
    assert {one.figure for one in found} == {"psnr"}
    assert (found[0].low, found[0].high, found[0].domains) == (None, None, 2)


def test_scenes_of_a_domain_make_the_interval_over_scenes_narrower() -> None:
    """Two alike in each domain: the half of the variance."""
    gains = np.linspace(-1, 2, DOMAINS)
    records = [record(scene, 8, gains[int(scene[1])]) for scene in SCENES]
    (found,) = (
        one
        for one in series_differences(methods("ours"), [through("ours", records)], SCENES, SETTINGS)
        if one.figure == "psnr" and "mean" in one.of
    )
    wide, narrow = found.high - found.low, found.scenes_high - found.scenes_low
    student = 2.365 / 2.131  # of eight domains, of sixteen scenes
    assert wide / narrow == pytest.approx(np.sqrt(15 / 7) * student, rel=0.1)


def test_trainings_and_domains_are_drawn_together_and_pairs_stay_pairs() -> None:
    ours = [through("ours", [record(one, right, 0.0) for one in SCENES]) for right in (7, 8, 9)]
    base = [through("base", [record(one, right, 0.0) for one in SCENES]) for right in (6, 6, 6)]
    found = class_differences(methods("ours", "base"), [*ours, *base], SCENES, SETTINGS)
    oa = {(one.less, one.figure): one for one in found}
    # Nothing differs between domains: the three trainings alone, by Student's t of two degrees.
    apart = oa["base (5 steps)", "oa"]
    half = 4.303 * 0.1 / np.sqrt(3)
    assert (apart.low, apart.high) == pytest.approx((0.2, 0.2))
    assert apart.nested_high - apart.nested_low == pytest.approx(2 * half, rel=0.05)
    alone = oa["ours, series set to 0", "oa"]
    assert alone.nested_high - alone.nested_low == pytest.approx(2 * half, rel=0.05)


def test_a_line_less_another_of_the_same_trainings_is_paired() -> None:
    """Each training gains one pixel in ten by its series, however good it is."""
    ours = [through("ours", [_gaining(scene, right) for scene in SCENES]) for right in (5, 7, 9)]
    found = class_differences(methods("ours"), ours, SCENES, SETTINGS)
    (oa,) = (one for one in found if one.figure == "oa")
    assert (oa.nested_low, oa.nested_high) == pytest.approx((0.1, 0.1))


def _gaining(scene: str, right: int) -> SceneRecord:
    alone = MapFigures(matrix(right - 1, 11 - right), matrix(right - 1, 11 - right))
    return replace(record(scene, right, 0.0), without_series=alone)


def test_the_psnr_of_each_row_has_an_interval_over_domains_and_trainings() -> None:
    gains = np.linspace(-1, 2, DOMAINS)
    one = [
        through("ours", [record(scene, 8, gains[int(scene[1])] + more) for scene in SCENES])
        for more in (0.0, 0.5, 1.0)
    ]
    rows = {row.image: row for row in all_series_rows(methods("ours"), one[:1], SCENES, SETTINGS)}
    assert list(rows) == ["bicubic", "the truth itself", "one sample", "mean of 2 samples"]
    assert (rows["bicubic"].psnr_low, rows["bicubic"].psnr_high) == pytest.approx((20, 20))
    sample = rows["one sample"]
    half = 2.365 * np.std(gains, ddof=1) / np.sqrt(DOMAINS)
    assert sample.psnr_high - sample.psnr_low == pytest.approx(2 * half, rel=0.15)
    assert sample.psnr_low < sample.year.psnr < sample.psnr_high
    several = {row.image: row for row in all_series_rows(methods("ours"), one, SCENES, SETTINGS)}
    wide = several["one sample"]
    assert wide.psnr_high - wide.psnr_low > sample.psnr_high - sample.psnr_low
    few = all_series_rows(methods("ours"), one[:1], SCENES[:4], SETTINGS)
    assert {row.psnr_low for row in few} == {None}
    (line, *_) = csv.DictReader(io.StringIO(series_csv([sample])))
    assert line["psnr_low"] == ""
    *_, year = csv.DictReader(io.StringIO(series_csv([sample])))
    assert float(year["psnr_low"]) == pytest.approx(sample.psnr_low, rel=1e-5)
    assert f"[{sample.psnr_low:.2f}, {sample.psnr_high:.2f}]" in series_tex([sample])
