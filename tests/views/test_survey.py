"""The contact sheet and the survey of a collection, on a scene made by hand."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import COSIA, FLAIR2
from lcapp.sensors import SENTINEL2_BANDS, SPECTRAL_AERIAL_BANDS
from lcapp.types import Grid, Image, Reference, Scene, Series, Truth
from lcapp.views.survey.figure import survey_figure
from lcapp.views.survey.numbers import FLAIR2_SHARES, gradient_histogram, mean_gradient, survey
from lcapp.views.survey.sheet import contact_sheet, height_rgba, months_to_show
from lcapp.views.survey.year import BANDS, Surveyed
from tests.scenes import scene_of, with_parts

CRS = "EPSG:2154"


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
def known(scene: Scene) -> Truth:
    months = tuple(dt.date(2021, month, 15) for month in range(1, 13))
    flat = np.full((12, 4, 64, 64), 0.25, np.float32)
    return Truth(flat, BANDS, months, np.ones(12, bool), scene.aerial.grid.coarser())


def bare(scene: Scene) -> Scene:
    """The aerial image alone."""
    return scene_of("b", scene.aerial)


def relabelled(scene: Scene, reference: Reference) -> Scene:
    return replace(scene, references={reference.table.name: reference})


def test_a_sheet_has_a_line_for_each_scene(scene: Scene, known: Truth):
    one, two = (
        contact_sheet([Surveyed(scene, known)] * count, "made", cell=40) for count in (1, 2)
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


def test_what_a_scene_lacks_is_grey_and_what_all_lack_has_no_place(scene: Scene, known: Truth):
    mixed = contact_sheet([Surveyed(scene, known), Surveyed(bare(scene))], "made", cell=40)
    second = mixed[80 + 40 + 18 + 4]
    grey = [tuple(second[column * 44 + 10][:3]) == (226, 226, 230) for column in range(12)]
    assert grey == [False, False, *[True] * 10]
    real = contact_sheet([Surveyed(scene)], "made", cell=40)
    assert real.shape[1] == 8 * 44 + 4


def test_many_classes_take_several_lines_of_the_legend(scene: Scene):
    labels = np.full((512, 512), COSIA.index("undefined"), np.uint8)
    scenes = [Surveyed(relabelled(scene, Reference(labels, COSIA)))]
    sheet = contact_sheet(scenes, "made", cell=40)
    # Black is the last class: the square of its entry lies within the sheet.
    below = sheet[34 + 18 + 62 :, :, :3]
    black = (below == 0).all(axis=-1)
    assert 100 <= black.sum() < 200


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
    shares = gradient_histogram(ramp, SPECTRAL_AERIAL_BANDS)
    assert shares[3] == 1.0
    assert mean_gradient(shares) == 3.5


def test_gradients_are_of_the_visible_bands_whatever_their_order():
    ramp = np.zeros((4, 30, 60), np.uint8)
    ramp[3] = 3 * np.arange(60)
    assert gradient_histogram(ramp, SPECTRAL_AERIAL_BANDS)[0] == 1.0
    assert gradient_histogram(ramp, ("nir", "green", "blue", "red"))[1] == 1.0


def test_a_survey_finds_shares_and_the_year_of_pure_pixels(scene: Scene):
    found = survey([Surveyed(scene)], beside=[scene])
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


def test_scenes_of_any_classes_and_with_images_alone_can_be_surveyed(scene: Scene):
    assert scene.reference is not None
    wood = scene.reference.labels == FLAIR2.index("deciduous")
    cosia = np.where(wood, COSIA.index("deciduous"), COSIA.index("snow")).astype(np.uint8)
    labelled = relabelled(scene, Reference(cosia, COSIA))
    found = survey([Surveyed(bare(scene)), Surveyed(labelled)])
    assert (found.scenes, found.table) == (2, COSIA)
    assert found.shares["snow"] == 100 * 280 / 512
    np.testing.assert_allclose(found.curves["deciduous"].mean[1:7], 0.6, atol=1e-5)
    assert survey_figure(found, "made").data[0].name == "made"  # FLAIR #2 has other classes
    alone = survey([Surveyed(bare(scene))])
    assert (alone.table, alone.curves) == (None, {})
    assert alone.to_json()["class_percent"] == {}


def test_an_image_that_no_whole_sr_pixels_fill_has_its_curves_too(scene: Scene):
    assert scene.reference is not None
    cut = with_parts(
        scene,
        aerial=aerial(scene.aerial.pixels[:, :509, :509]),
        reference=Reference(scene.reference.labels[:509, :509], FLAIR2),
    )
    np.testing.assert_allclose(survey([Surveyed(cut)]).curves["deciduous"].mean[3], 0.6, atol=1e-5)


@pytest.mark.parametrize("lack", ["clear", "place", "bands"])
def test_a_series_that_says_nothing_of_the_place_is_no_year(scene: Scene, lack: str):
    series = scene.sentinel2
    assert series is not None
    assert series.cloud is not None
    assert Surveyed(scene).year is not None
    far = replace(series.grid, transform=Affine(10, 0, 9000, 0, -10, 0))
    lacking = {
        "clear": replace(series, cloud=series.cloud + 100),
        "place": replace(series, grid=far),
        "bands": replace(series, bands=tuple(f"X{band}" for band in series.bands)),
    }
    assert Surveyed(with_parts(scene, series=lacking[lack])).year is None


def test_the_shares_of_flair2_are_whole():
    assert set(FLAIR2_SHARES) == set(FLAIR2.names)
    for part in range(2):
        assert sum(one[part] for one in FLAIR2_SHARES.values()) == pytest.approx(100, abs=0.05)


def test_a_figure_shows_shares_curves_and_gradients(scene: Scene):
    found = survey([Surveyed(scene)], beside=[scene])
    names = [trace.name for trace in survey_figure(found, "made", "real").data]
    assert names[:3] == ["FLAIR #2, test", "FLAIR #2, train", "made"]
    assert {"deciduous", "vineyard"} <= set(names)
    assert names[-1].startswith("real (mean ")
