"""The legend, the calendar and the choice of layers."""

from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.errors import SceneError
from lcapp.evaluate.areas import class_areas, reference_areas
from lcapp.language import speaking
from lcapp.scene.collection import open_collection
from lcapp.sensors import AERIAL
from lcapp.types import Grid, Image, LandCover, Reference, Scene, SuperResolved
from lcapp.views.layers import Look, base_layer, colour_names, reference_layers, result_layers
from lcapp.views.legend import legend_html, legend_rows
from lcapp.views.map import Overlay
from lcapp.views.months import (
    Year,
    calendar,
    measured_year,
    month_label,
    month_to_show,
    remarks_html,
)
from tests.scene.conftest import PairFolder


def layers_of(cover: LandCover, *series: object, **options: object) -> list[Overlay]:
    return result_layers(cover, class_areas(cover), *series, **options)  # type: ignore[arg-type]


def test_rows_are_sorted_by_share_and_carry_the_area(cover: LandCover) -> None:
    first, second, *rest = legend_rows(class_areas(cover), FLAIR2)
    assert first.name == "impervious surface"
    assert abs(first.m2 - 383 * 0.04) < 1e-6
    assert second.name == "coniferous"
    assert abs(second.share - 1 / 384) < 1e-9
    assert all(row.share == 0 for row in rest)


def test_the_legend_has_the_colours_of_the_palette(cover: LandCover) -> None:
    areas = class_areas(cover)
    assert legend_rows(areas, FLAIR2)[0].colour == "#f80c00"
    assert legend_rows(areas, FLAIR2, safe=True)[0].colour == FLAIR2.classes[2].safe_colour


def test_classes_that_do_not_occur_are_named_below_the_table(cover: LandCover) -> None:
    drawn = legend_html(legend_rows(class_areas(cover), FLAIR2))
    table, below = drawn.split("</table>")
    assert "impervious surface" in table
    assert "99.7 %" in table
    assert "15 m²" in table
    assert "vineyard" not in table
    assert "vineyard" in below
    assert "<input" not in drawn
    boxed = legend_html(legend_rows(class_areas(cover), FLAIR2), boxes=True)
    assert boxed.count("data-class=") == 2
    assert "data-class='2' aria-label='impervious surface'" in boxed


def test_the_legend_speaks_french(cover: LandCover) -> None:
    with speaking("fr"):
        drawn = legend_html(legend_rows(class_areas(cover), FLAIR2))
    assert "surface imperméable" in drawn
    assert "impervious" not in drawn


def test_an_absent_month_has_no_picture_but_a_reason(sr: SuperResolved) -> None:
    days = calendar(Year(sr.months, sr.reflectance, sr.bands), "true colour")
    assert [day.present for day in days].count(False) == 1
    assert days[1].picture is None
    assert days[1].summary == "absent"
    assert days[6].summary == "15 Jul · 2/4"
    assert sum(day.picture is not None for day in days) == 11
    said = remarks_html(days)
    assert "<b>Feb</b> cloudy: &lt;all&gt; of 3" in said  # what a file says is text, not markup
    assert "Jul" not in said
    assert remarks_html(days[2:]) == ""


def test_absence_is_told_by_a_sign_and_not_by_colour_alone(sr: SuperResolved) -> None:
    assert month_label(sr.months[1]) == "Feb ∅"
    assert month_label(sr.months[2]) == "Mar"


def test_the_month_shown_first_is_present_and_near_july(sr: SuperResolved) -> None:
    assert month_to_show(sr.months, None) == 7
    assert month_to_show(sr.months[:3], None) == 3
    assert month_to_show(sr.months[:2], None) == 1
    assert month_to_show(sr.months, 2) == 2  # asked for: shown as absent


def test_an_absent_month_is_no_layer(cover: LandCover, sr: SuperResolved) -> None:
    assert [one.id for one in layers_of(cover, sr, cover, month=7)] == [
        "superres",
        "classes",
        "without-series",
        "confidence",
    ]
    assert [one.id for one in layers_of(cover, sr, cover, month=2)] == [
        "classes",
        "without-series",
        "confidence",
    ]


def test_what_lies_below_is_opaque_and_only_classes_are_seen_through(
    aerial: Image, cover: LandCover, sr: SuperResolved
) -> None:
    base = base_layer(Scene("S", "C", aerial.grid, {AERIAL: aerial}))
    made = layers_of(cover, sr, cover, month=7)
    found = {one.id: one.opacity for one in (base, *made)}
    assert found["aerial"] == found["superres"] == found["confidence"] == 1.0
    assert found["classes"] == 0.7


def test_each_layer_has_the_legend_of_its_own_colours(cover: LandCover, sr: SuperResolved) -> None:
    made = {one.id: one for one in layers_of(cover, sr, month=7, look=Look("NDVI"))}
    assert "impervious surface" in made["classes"].legend
    assert "#281450 0%, #faeb78 100%" in made["confidence"].legend
    assert "NDVI" in made["superres"].legend
    assert layers_of(cover, sr, month=7)[0].legend == ""  # true colour explains itself


def test_the_reference_has_its_own_shares_and_differs_where_it_counts(cover: LandCover) -> None:
    labels = cover.class_map.copy()
    labels[0, :4] = FLAIR2.index("water")
    labels[5, :] = FLAIR2.index("other")  # not evaluated: no mistake
    reference = Reference(labels, FLAIR2)
    scene = Scene("S", "C", cover.grid, references={"flair2": reference})
    areas = reference_areas(reference, cover.grid)
    shown, differs = reference_layers(scene, reference, areas, cover)
    assert "1.0 %" in shown.legend  # water: 4 of 384
    assert np.count_nonzero(differs.rgba[..., 3]) == 4
    assert "98.9%" in differs.note  # 4 of 360
    (alone,) = reference_layers(scene, reference, areas)
    assert alone.id == "reference"


def test_what_the_series_changed_is_drawn_with_the_class_it_would_be_without_it(
    cover: LandCover, sr: SuperResolved
) -> None:
    probabilities = cover.probabilities.copy()
    probabilities[:, 3, 4] = 0.0
    probabilities[7, 3, 4] = 1.0
    alone = LandCover(probabilities, cover.table, cover.grid)
    layer = layers_of(cover, sr, alone, month=7)[-2]
    assert np.flatnonzero(layer.rgba[..., 3]).tolist() == [3 * 24 + 4]
    assert layer.rgba[3, 4, :3].tolist() == cover.table.colours()[7].tolist()
    assert "0%" in layer.note
    # Not what a network of the aerial image alone would say, and 11 points of mIoU below that.
    assert "never trained so" in layer.note
    assert "would be" not in layer.note


def test_every_layer_of_untrained_weights_says_so(cover: LandCover, sr: SuperResolved) -> None:
    for layer in layers_of(cover, sr, cover, month=7, trained=False):
        assert "Random initial weights" in layer.note
    for layer in layers_of(cover, sr, cover, month=7, trained=True):
        assert "Random" not in layer.note


def test_layers_carry_their_own_grid(aerial: Image, cover: LandCover, sr: SuperResolved) -> None:
    scene = Scene("S", "C", aerial.grid, {AERIAL: aerial})
    assert base_layer(scene).grid == aerial.grid
    grids = {one.id: one.grid for one in layers_of(cover, sr, cover, month=7)}
    assert grids["superres"] == Grid(
        "EPSG:25832", Affine(1.6, 0, 600_000.0, 0, -1.6, 5_700_000.0), 2, 3
    )


def test_names_by_colour_follow_palette_and_language() -> None:
    assert colour_names(FLAIR2)["#194a26"] == "coniferous"
    with speaking("fr"):
        assert colour_names(FLAIR2, safe=True)["#223e29"] == "conifère"


def test_a_patch_in_which_no_pixel_of_the_series_lies_whole_has_no_months(tmp_path: Path) -> None:
    scene = open_collection(PairFolder(tmp_path).write().folder).scene("a")  # of 12.8 m
    with pytest.raises(SceneError, match="lies wholly in the patch"):
        measured_year(scene)
