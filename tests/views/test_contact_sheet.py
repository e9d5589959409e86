"""The contact sheet and the survey of a collection, on a scene made by hand."""

import datetime as dt

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.prepare import InputSpec, prepare
from lcapp.sensors import SENTINEL2_BANDS, SPECTRAL_AERIAL_BANDS
from lcapp.types import Grid, Image, Prepared, Reference, Scene, Series, Truth
from lcapp.views.contact_sheet import Row, contact_sheet, height_rgba, months_to_show
from lcapp.views.survey import FLAIR2_SHARES, gradient_histogram, mean_gradient, survey
from lcapp.views.survey_figure import survey_figure
from tests.scenes import scene_of

CRS = "EPSG:2154"
SPEC = InputSpec()


def aerial(pixels: np.ndarray) -> Image:
    grid = Grid(CRS, Affine(0.2, 0, 0, 0, -0.2, 0), *pixels.shape[1:])
    return Image(pixels, SPECTRAL_AERIAL_BANDS, grid, dt.date(2021, 7, 1))


@pytest.fixture(scope="module")
def scene() -> Scene:
    """512 px, crop in the west and deciduous in the east from 56 m on.

    Six months; red 0.1 everywhere, near infrared 0.1 in the west and 0.4 from 51.2 m on, where a
    pixel of the series begins that is half crop and half wood.
    """
    labels = np.full((512, 512), FLAIR2.index("agricultural land"), np.uint8)
    labels[:, 280:] = FLAIR2.index("deciduous")
    numbers = np.full((6, 10, 44, 44), 1000.0, np.float32)
    numbers[:, SENTINEL2_BANDS.index("B8"), :, 22:] = 4000.0
    clear = np.zeros((6, 44, 44), np.float32)
    return scene_of(
        "a",
        aerial=aerial(np.full((4, 512, 512), 100, np.uint8)),
        series=Series(
            numbers,
            SENTINEL2_BANDS,
            tuple(dt.date(2021, month, 15) for month in range(2, 8)),
            np.zeros(6, np.float32),
            Grid(CRS, Affine(10, 0, 51.2 - 220, 0, -10, -51.2 + 220), 44, 44),
            clear,
            clear,
        ),
        ndsm=np.zeros((512, 512), np.float32),
        reference=Reference(labels, FLAIR2),
    )


@pytest.fixture(scope="module")
def prepared(scene: Scene) -> Prepared:
    return prepare(scene, SPEC)


def test_a_sheet_has_a_line_for_each_scene(scene: Scene, prepared: Prepared):
    grid = scene.aerial.grid.coarser(8)
    months = tuple(dt.date(2021, month, 15) for month in range(1, 13))
    flat = np.full((12, 4, 64, 64), 0.25, np.float32)
    known = Truth(flat, SPEC.series_bands, months, np.ones(12, bool), grid)
    one, two = (
        contact_sheet([Row(scene, prepared, known)] * count, SPEC, "made", cell=40)
        for count in (1, 2)
    )
    assert one.shape[1] == two.shape[1] == 12 * 44 + 4
    assert two.shape[0] > one.shape[0] + 40
    # The third picture shows the labels in the colours of the nomenclature.
    line = one[80, 2 * 44 + 4 : 3 * 44]
    assert {"#{:02x}{:02x}{:02x}".format(*pixel[:3]) for pixel in line} == {
        FLAIR2.classes[FLAIR2.index("agricultural land")].colour,
        FLAIR2.classes[FLAIR2.index("deciduous")].colour,
    }
    # Reflectance 0.25 is white in the visible bands: the ninth picture is truth.
    assert (one[80, 8 * 44 + 10] == 255).all()


def test_a_scene_without_truth_leaves_its_place_grey(scene: Scene, prepared: Prepared):
    sheet = contact_sheet([Row(scene, prepared, None)], SPEC, "made", cell=40)
    assert tuple(sheet[80, 8 * 44 + 10][:3]) == (226, 226, 230)


def test_months_to_show_are_the_nearest_to_the_seasons():
    all_there = np.ones(12, bool)
    assert months_to_show(all_there) == (0, 3, 6, 9)
    without_april = all_there.copy()
    without_april[3] = False
    assert months_to_show(without_april) in ((0, 2, 6, 9), (0, 4, 6, 9))
    assert months_to_show(np.arange(12) == 5) == (5, None, None, None)


def test_heights_grow_brighter():
    picture = height_rgba(np.array([[0.0, 2.0, 12.0, 25.0, 60.0]], np.float32))
    brightness = picture[0, :, :3].sum(axis=1)
    assert (np.diff(brightness.astype(int))[:3] > 0).all()
    assert brightness[3] == brightness[4]


def test_gradients_of_a_ramp_are_its_slope():
    ramp = np.tile((3 * np.arange(60)).astype(np.uint8), (4, 30, 1))
    shares = gradient_histogram(aerial(ramp))
    assert shares[3] == 1.0
    assert mean_gradient(shares) == 3.5


def test_gradients_are_of_the_visible_bands_whatever_their_order():
    ramp = np.zeros((4, 30, 60), np.uint8)
    ramp[3] = 3 * np.arange(60)
    steep = aerial(ramp)
    assert gradient_histogram(steep)[0] == 1.0
    turned = Image(ramp, ("nir", "green", "blue", "red"), steep.grid, None)
    assert gradient_histogram(turned)[1] == 1.0


def test_a_survey_finds_shares_and_the_year_of_pure_pixels(scene: Scene, prepared: Prepared):
    found = survey([(scene, prepared)], SPEC, beside=[scene.aerial])
    assert found.scenes == 1
    assert found.shares["deciduous"] == 100 * (512 - 280) / 512
    assert sum(found.shares.values()) == 100.0
    wood, crop = found.curves["deciduous"], found.curves["crop"]
    np.testing.assert_allclose(wood.mean[1:7], 0.6, atol=1e-5)
    np.testing.assert_allclose(crop.mean[1:7], 0.0, atol=1e-5)
    assert np.isnan(wood.mean[[0, 7, 11]]).all()
    assert 30 <= wood.pixels[3] <= 50
    assert found.curves["vineyard"].pixels.sum() == 0
    told = found.to_json()
    assert told["ndvi"]["deciduous"]["mean"][:2] == [None, 0.6]
    assert told["gradient_magnitude"]["mean_beside"] == told["gradient_magnitude"]["mean"]


def test_the_shares_of_flair2_are_whole():
    assert set(FLAIR2_SHARES) == set(FLAIR2.names)
    for part in range(2):
        assert sum(one[part] for one in FLAIR2_SHARES.values()) == pytest.approx(100, abs=0.05)


def test_a_figure_shows_shares_curves_and_gradients(scene: Scene, prepared: Prepared):
    found = survey([(scene, prepared)], SPEC, beside=[scene.aerial])
    names = [trace.name for trace in survey_figure(found, "made", "real").data]
    assert names[:3] == ["FLAIR #2, test", "FLAIR #2, train", "made"]
    assert {"deciduous", "vineyard"} <= set(names)
    assert names[-1].startswith("real (mean ")
