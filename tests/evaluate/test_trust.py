"""Whether a month can be trusted, and where not; the spread of samples; figures by month."""

import csv
import datetime as dt
import io
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from lcapp.evaluate.by_month import SUPER_RESOLVED, metrics_csv, month_metrics
from lcapp.evaluate.records import (
    Detail,
    Likeness,
    MonthFigures,
    SeriesFigures,
    Shares,
    Truthfulness,
)
from lcapp.evaluate.series_figures import TRUTH
from lcapp.evaluate.spread import spread_of
from lcapp.evaluate.trust import Trust, in_words, trust, worst_zone
from lcapp.prepare import Scaling
from lcapp.types import Floats, Grid, Month, SuperResolved

SCALINGS = (Scaling(0, 0.3),) * 3 + (Scaling(0, 0.6),)
HEIGHT, WIDTH = 6, 9
GRID = Grid("EPSG:2154", Affine(1.6, 0, 0, 0, -1.6, 0), HEIGHT, WIDTH)


def year(agreement: float = 0.8) -> tuple[SuperResolved, Floats]:
    """A year whose truth is known: bicubic is off by 0.03, what was found by 0.003; no January."""
    drawn = np.random.default_rng(0)
    truth = drawn.uniform(0.05, 0.25, (12, 4, HEIGHT, WIDTH)).astype(np.float32)
    sign = drawn.choice(np.float32([-1, 1]), truth.shape)
    months = tuple(
        Month(n, n > 1, dt.date(2021, n, 15) if n > 1 else None, 3, int(n > 1), 1.0, None)
        for n in range(1, 13)
    )
    made = SuperResolved(
        reflectance=truth + 0.003 * sign,
        bicubic=truth + 0.03 * sign,
        guided=truth + 0.01 * sign,
        agreement=np.full((12, 4), agreement, np.float32),
        monthly=truth,
        bands=("B4", "B3", "B2", "B8"),
        months=months,
        sr_grid=GRID,
        lr_grid=GRID,
        lr_consistency=np.zeros(12, np.float32),
        clamped=np.zeros(12, np.float32),
    )
    return made, truth


def test_what_is_nearer_to_the_truth_than_bicubic_is_trusted() -> None:
    sr, truth = year()
    found = trust(sr, 4, SCALINGS, truth)
    assert found.level == "largely"
    assert found.gain == pytest.approx(20, abs=0.01)  # a tenth of the error
    assert found.guided_gain == pytest.approx(20 * np.log10(3), abs=0.01)
    assert found.shares is not None
    assert found.shares.improvement > 0.8
    text = in_words(found, "April")
    assert text.startswith("Yes, April's super-resolution can largely be trusted: 20.0 dB nearer")
    assert "explains 80% of what Sentinel-2 saw" in text
    assert "guided upsampling" not in text


def test_what_needs_no_network_and_is_far_nearer_leaves_it_in_part() -> None:
    sr, truth = year()
    nearer = replace(sr, guided=truth + 0.002 * np.sign(sr.guided - truth))  # 3.5 dB ahead
    found = trust(nearer, 4, SCALINGS, truth)
    assert found.level == "partly"
    assert "yet guided upsampling, without a network, 3.5 dB nearer still" in in_words(found, "May")


def test_what_is_farther_from_the_truth_is_not_however_well_the_images_agree() -> None:
    sr, truth = year(agreement=0.99)
    sr.reflectance[3] = truth[3] + 2 * (sr.bicubic[3] - truth[3])
    found = trust(sr, 4, SCALINGS, truth)
    assert found.level == "hardly"
    text = in_words(found, "April")
    assert text.startswith("No, April's super-resolution should not be trusted: 6.0 dB farther")
    assert "yet guided upsampling, without a network, 15.6 dB nearer still" in text


@pytest.mark.parametrize(
    ("agreement", "level"),
    [(0.71, "largely"), (0.69, "partly"), (0.36, "partly"), (0.34, "hardly")],
)
def test_without_a_truth_the_agreement_decides(agreement: float, level: str) -> None:
    sr, _ = year(agreement)
    found = trust(sr, 4, SCALINGS)
    assert (found.level, found.measure, found.gain) == (level, "added", None)
    text = in_words(found, "April")
    assert "nobody knows the truth here" in text
    assert " can " not in text


def test_an_absent_month_is_said_to_be_absent() -> None:
    sr, truth = year()
    found = trust(sr, 1, SCALINGS, truth)
    assert found.level == "absent"
    assert in_words(found, "January") == "January is absent: there is nothing to be trusted."


def test_the_zone_of_the_error_is_named() -> None:
    sr, truth = year()
    # Rows from the north, columns from the west: neither square nor symmetric.
    sr.reflectance[3][:, :2, 6:] = truth[3][:, :2, 6:] + 0.15
    found = trust(sr, 4, SCALINGS, truth)
    assert found.worst == "north-east"
    assert "Least in the north-east, where the error against the truth is" in in_words(found, "A")


def test_where_samples_differ_they_tell_where_not() -> None:
    sr, _ = year()
    spread = np.full_like(sr.reflectance, 0.001)
    spread[3][:, 4:, :3] = 0.05
    found = trust(sr, 4, SCALINGS, spread=spread)
    assert (found.measure, found.worst) == ("spread", "south-west")
    assert "the spread over seeds" in in_words(found, "April")


def test_an_even_doubt_has_no_place() -> None:
    assert worst_zone(np.ones((6, 9), np.float32)) == (None, 1.0)
    assert worst_zone(np.ones((2, 9), np.float32)) == (None, 1.0)  # too small for nine parts
    assert "No part stands out" in in_words(Trust("partly"), "May")


def test_the_spread_is_the_deviation_of_the_samples() -> None:
    years = [np.full((2, 1, 1, 1), value, np.float32) for value in (0.1, 0.2, 0.3)]
    years[1][1] = np.nan
    found = spread_of(years)
    assert found.samples == 3
    assert found.mean[0, 0, 0, 0] == pytest.approx(0.2)
    assert found.deviation[0, 0, 0, 0] == pytest.approx(0.1)
    assert np.isnan(found.deviation[1]).all()
    with pytest.raises(ValueError, match="two samples"):
        spread_of(years[:1])


def figures(psnr: float, lr: float, *months: int) -> SeriesFigures:
    """The figures of some months, the first `psnr` dB, each further one 1 dB less."""
    return SeriesFigures(
        tuple(
            MonthFigures(
                month,
                lr,
                Truthfulness(Likeness(psnr - place, 0.5), 2.0, 3.0, (1.0,), (1.0,)),
                Detail(Shares(0.5, 0.3, 0.2), 0.1, None, None, None, ()),
            )
            for place, month in enumerate(months)
        ),
        None,
    )


def test_figures_by_month_have_gaps_a_year_and_a_worst_month() -> None:
    judged = {
        SUPER_RESOLVED: figures(24, 0.001, 3, 5, 4),
        "bicubic": figures(20, 0.004, 3, 5, 4),
        TRUTH: figures(100, 0.003, 3, 5, 4),
    }
    agreement = np.full((12, 4), np.nan, np.float32)
    agreement[2], agreement[4] = 0.25, 0.75
    found = {one.name: one for one in month_metrics(judged, agreement)}
    psnr = found["PSNR"]
    assert psnr.lines[SUPER_RESOLVED][:6] == (None, None, 24, 22, 23, None)
    assert psnr.year[SUPER_RESOLVED] == pytest.approx(23)
    assert psnr.worst(SUPER_RESOLVED) == 4
    assert TRUTH not in psnr.lines  # 100 dB would leave the others one line
    assert TRUTH in found["LR consistency"].lines
    assert found["agreement"].worst("agreement with the aerial image") == 3
    rows = list(csv.reader(io.StringIO(metrics_csv(tuple(found.values())))))
    assert rows[0][:4] == ["figure", "unit", "way", "01"]
    assert rows[1] == ["PSNR", "dB", SUPER_RESOLVED, "", "", "24", "22", "23", *[""] * 7, "23"]


def test_what_nobody_knows_has_no_figure() -> None:
    bare = SeriesFigures((MonthFigures(4, 0.001, None, None),), None)
    found = month_metrics({SUPER_RESOLVED: bare}, np.full((12, 4), np.nan, np.float32))
    assert [one.name for one in found] == ["LR consistency"]
    assert found[0].worst(SUPER_RESOLVED) is None  # of one month none is the worst
