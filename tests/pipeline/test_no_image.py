"""Pixels without an image: no class in any output, in no area, drawn as nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.classes import FLAIR2, NO_CLASS
from lcapp.evaluate.areas import class_areas
from lcapp.pipeline.evaluation.scene import _counted
from lcapp.pipeline.outputs import save, summary
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.run import predict_zone
from lcapp.pipeline.zone.windows import Layout
from lcapp.scene.pairs import read_pair
from lcapp.scene.zone.image import open_zone
from lcapp.types import Grid, LandCover, Run
from lcapp.views.imagery import aerial_rgba, classes_rgba, confidence_rgba
from lcapp.views.inspector import probabilities_figure
from tests.pipeline.zone.zone_measure import Local, write_aerial

SIDE = 96
CPU = Run(device="cpu")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The left third has no image, by a mask in the file; its pixels are as bright as others."""
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = write_aerial(tmp_path / "a.tif", SIDE, SIDE)
        with rasterio.open(path, "r+") as file:
            file.write_mask(there())
    return path


def there() -> np.ndarray:
    there = np.ones((SIDE, SIDE), bool)
    there[:, :32] = False
    return there


def test_predict_and_zone_give_no_class_and_no_area(path, tmp_path):
    scene = replace(read_pair(path, None), id="a/0-0")  # as the model of the tests reads it
    prediction = predict(scene, Local(), CPU)
    save(prediction, tmp_path / "scene")
    predict_zone(open_zone(path), Local(), tmp_path / "zone", CPU, layout=Layout(64, 16, 2))
    for out in (tmp_path / "scene", tmp_path / "zone"):
        with rasterio.open(out / "landcover.tif") as file:
            assert file.nodata == NO_CLASS
            np.testing.assert_array_equal(file.read(1) != NO_CLASS, there())
            assert file.colormap(1)[NO_CLASS][3] == 0
        with rasterio.open(out / "confidence.tif") as file:
            assert np.isnan(file.nodata)
            np.testing.assert_array_equal(np.isfinite(file.read(1)), there())
    told = summary(prediction)
    assert told["without_class"] == pytest.approx(1 / 3)
    assert sum(one["m2"] for one in told["areas"].values()) == pytest.approx(64 * 96 * 0.04)
    assert sum(one["share"] for one in told["areas"].values()) == pytest.approx(1)
    assert any("no image" in note for note in told["notes"])


def cover_with_a_gap() -> LandCover:
    chances = np.full((len(FLAIR2), 4, 6), 0.05, np.float32)
    chances[2] = 0.4
    chances[:, :, :2] = np.nan
    return LandCover(chances, FLAIR2, Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 4, 6))


def test_the_confusion_matrix_leaves_out_what_has_no_image():
    labels = np.full((4, 6), 5, np.uint8)
    matrix = np.array(_counted(cover_with_a_gap(), labels))
    assert matrix.sum() == matrix[5, 2] == 4 * 4
    assert class_areas(cover_with_a_gap())[2].share == 1


def test_nothing_is_drawn_where_there_is_no_image(path):
    cover = cover_with_a_gap()
    for rgba in (classes_rgba(cover.class_map, FLAIR2), confidence_rgba(cover.confidence)):
        assert (rgba[:, :2] == 0).all()
        assert (rgba[:, 2:, 3] == 255).all()
    scene = read_pair(path, None)
    np.testing.assert_array_equal(aerial_rgba(scene.aerial, seen=scene.seen)[..., 3] > 0, there())
    assert "no image" in probabilities_figure(cover, 0, 0).layout.title.text
