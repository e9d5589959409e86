"""The legend, the calendar and the choice of layers."""

from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.errors import SceneError
from lcapp.evaluate.areas import class_areas
from lcapp.scene.collection import open_collection
from lcapp.sensors import AERIAL
from lcapp.types import Grid, Image, LandCover, Scene, SuperResolved
from lcapp.views.layers import base_layer, colour_names, result_layers
from lcapp.views.legend import legend_html, legend_rows
from lcapp.views.months import (
    Year,
    calendar,
    calendar_html,
    measured_year,
    month_label,
    month_to_show,
)
from tests.scene.conftest import PairFolder


def test_rows_are_sorted_by_share_and_carry_the_area(cover: LandCover) -> None:
    first, second, *rest = legend_rows(class_areas(cover), FLAIR2)
    assert (first.en, first.fr) == ("impervious surface", "surface imperméable")
    assert abs(first.m2 - 383 * 0.04) < 1e-6
    assert second.en == "coniferous"
    assert abs(second.share - 1 / 384) < 1e-9
    assert all(row.share == 0 for row in rest)


def test_the_legend_has_the_colours_of_the_palette(cover: LandCover) -> None:
    areas = class_areas(cover)
    assert legend_rows(areas, FLAIR2)[0].colour == "#f80c00"
    assert legend_rows(areas, FLAIR2, safe=True)[0].colour == "#c70900"


def test_classes_that_do_not_occur_are_named_below_the_table(cover: LandCover) -> None:
    drawn = legend_html(legend_rows(class_areas(cover), FLAIR2))
    table, below = drawn.split("</table>")
    assert "impervious surface" in table
    assert "99.7 %" in table
    assert "15 m²" in table
    assert "vineyard" not in table
    assert "vineyard" in below


def test_the_legend_speaks_french(cover: LandCover) -> None:
    drawn = legend_html(legend_rows(class_areas(cover), FLAIR2), french=True)
    assert "surface imperméable" in drawn
    assert "impervious" not in drawn


def test_an_absent_month_has_no_picture_but_a_reason(sr: SuperResolved) -> None:
    days = calendar(Year(sr.months, sr.reflectance, sr.bands), "true colour")
    assert [day.present for day in days].count(False) == 1
    assert days[1].picture is None
    assert days[1].summary == "absent"
    assert days[6].summary == "15 Jul · 2/4"
    drawn = calendar_html(days, chosen=7)
    assert drawn.count("<img") == 11
    assert "cloudy: &lt;all&gt; of 3" in drawn  # what a file says is text, not markup
    assert drawn.count("lc-chosen'") == 1


def test_absence_is_told_by_a_sign_and_not_by_colour_alone(sr: SuperResolved) -> None:
    assert month_label(sr.months[1]) == "Feb ∅"
    assert month_label(sr.months[2]) == "Mar"


def test_the_month_shown_first_is_present_and_near_july(sr: SuperResolved) -> None:
    assert month_to_show(sr.months, None) == 7
    assert month_to_show(sr.months[:3], None) == 3
    assert month_to_show(sr.months[:2], None) == 1
    assert month_to_show(sr.months, 2) == 2  # asked for: shown as absent


def test_an_absent_month_is_no_layer(cover: LandCover, sr: SuperResolved) -> None:
    assert [one.id for one in result_layers(cover, sr, cover, month=7)] == [
        "classes",
        "superres",
        "confidence",
        "without-series",
    ]
    assert [one.id for one in result_layers(cover, sr, cover, month=2)] == [
        "classes",
        "confidence",
        "without-series",
    ]


def test_what_the_series_changed_is_drawn_with_the_class_it_would_be_without_it(
    cover: LandCover, sr: SuperResolved
) -> None:
    probabilities = cover.probabilities.copy()
    probabilities[:, 3, 4] = 0.0
    probabilities[7, 3, 4] = 1.0
    alone = LandCover(probabilities, cover.table, cover.grid)
    layer = result_layers(cover, sr, alone, month=7)[-1]
    assert np.flatnonzero(layer.rgba[..., 3]).tolist() == [3 * 24 + 4]
    assert layer.rgba[3, 4, :3].tolist() == cover.table.colours()[7].tolist()
    assert "0%" in layer.note
    # Not what a network of the aerial image alone would say, and 11 points of mIoU below that.
    assert "never trained so" in layer.note
    assert "would be" not in layer.note


def test_every_layer_of_untrained_weights_says_so(cover: LandCover, sr: SuperResolved) -> None:
    for layer in result_layers(cover, sr, cover, month=7, trained=False):
        assert "Random initial weights" in layer.note
    for layer in result_layers(cover, sr, cover, month=7, trained=True):
        assert "Random" not in layer.note


def test_layers_carry_their_own_grid(aerial: Image, cover: LandCover, sr: SuperResolved) -> None:
    scene = Scene("S", "C", aerial.grid, {AERIAL: aerial})
    assert base_layer(scene).grid == aerial.grid
    grids = {one.id: one.grid for one in result_layers(cover, sr, cover, month=7)}
    assert grids["superres"] == Grid(
        "EPSG:25832", Affine(1.6, 0, 600_000.0, 0, -1.6, 5_700_000.0), 2, 3
    )


def test_names_by_colour_follow_palette_and_language() -> None:
    assert colour_names(FLAIR2)["#194a26"] == "coniferous"
    assert colour_names(FLAIR2, safe=True, french=True)["#223e29"] == "conifère"


def test_a_patch_in_which_no_pixel_of_the_series_lies_whole_has_no_months(tmp_path: Path) -> None:
    scene = open_collection(PairFolder(tmp_path).write().folder).scene("a")  # of 12.8 m
    with pytest.raises(SceneError, match="lies wholly in the patch"):
        measured_year(scene)
