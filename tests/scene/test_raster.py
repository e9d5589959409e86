"""Every fault of an aerial image has a sentence of its own."""

import numpy as np
import pytest
from affine import Affine

from lcapp.errors import SceneError
from lcapp.scene.rasters.aerial import inspect_aerial, read_aerial

X, Y = 800_000.0, 6_500_000.0


@pytest.mark.parametrize(
    ("profile", "sentence"),
    [
        ({"crs": None}, "has no CRS"),
        ({"crs": "EPSG:4326", "transform": Affine(2e-6, 0, 2, 0, -2e-6, 46)}, "is in degrees"),
        ({"crs": "EPSG:2263"}, "does not count in metres"),
        ({"transform": Affine.identity()}, "no position"),
        ({"transform": Affine.translation(X, Y) @ Affine.rotation(10) @ Affine.scale(0.2, -0.2)},
         "rotated or sheared"),
        ({"transform": Affine(0.2, 0.02, X, 0, -0.2, Y)}, "rotated or sheared"),
        ({"transform": Affine(0.2, 0, X, 0.02, -0.2, Y)}, "rotated or sheared"),
        ({"transform": Affine(0.2, 0, np.nan, 0, -0.2, Y)}, "position that is nowhere"),
        ({"transform": Affine(0.2, 0, X, 0, -0.2, -np.inf)}, "position that is nowhere"),
        ({"transform": Affine(0.2, 0, 1e300, 0, -0.2, Y)}, "position that is nowhere"),
        ({"transform": Affine(1e-300, 0, X, 0, -1e-300, Y)}, "pixels of no size"),
        ({"transform": Affine(0.2, 0, X, 0, 0.2, Y)}, "not north-up"),
        ({"transform": Affine(0.2, 0, X, 0, -0.25, Y)}, "0.2 m x 0.25 m"),
        ({"transform": Affine(0.5, 0, X, 0, -0.5, Y)}, "has pixels of 0.5 m"),
        ({"transform": Affine(0.223, 0, X, 0, -0.223, Y)}, "has pixels of 0.223 m"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_georeference_that_cannot_be_used(tmp_path, make, profile, sentence):
    path = make.tif(tmp_path / "a.tif", make.pixels(), **profile)
    with pytest.raises(SceneError, match=sentence) as caught:
        inspect_aerial(path)
    assert caught.value.where == str(path)


def test_gsd_within_ten_percent_is_taken(tmp_path, make):
    path = make.tif(tmp_path / "a.tif", make.pixels(), transform=Affine(0.21, 0, X, 0, -0.21, Y))
    assert inspect_aerial(path).grid.gsd == pytest.approx(0.21)


def test_other_values_than_bytes(tmp_path, make):
    path = make.tif(tmp_path / "a.tif", make.pixels().astype(np.uint16))
    with pytest.raises(SceneError, match="holds uint16 values"):
        inspect_aerial(path)


@pytest.mark.parametrize("bands", [1, 2])
def test_fewer_than_three_bands(tmp_path, make, bands):
    path = make.tif(tmp_path / "a.tif", make.pixels(bands))
    with pytest.raises(SceneError, match=f"has {bands} band"):
        inspect_aerial(path)


def test_truncated_is_refused_when_its_pixels_are_read(tmp_path, make):
    path = make.truncate(make.tif(tmp_path / "a.tif", make.pixels()))
    with pytest.raises(SceneError, match="truncated"):
        read_aerial(path)


def test_cut_within_its_header(tmp_path, make):
    path = make.tif(tmp_path / "a.tif", make.pixels())
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(SceneError, match="truncated"):
        inspect_aerial(path)


def test_zero_pixels(tmp_path, make):
    with pytest.raises(SceneError, match=r"has 0 pixels \(0 x 0\)"):
        inspect_aerial(make.zero_pixel_tif(tmp_path / "a.tif"))


def test_empty_file_and_missing_file(tmp_path):
    (tmp_path / "a.tif").touch()
    with pytest.raises(SceneError, match="is an empty file"):
        inspect_aerial(tmp_path / "a.tif")
    with pytest.raises(SceneError, match="is not there"):
        inspect_aerial(tmp_path / "b.tif")


def test_no_tiff_at_all(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"GIF89a" * 100)
    with pytest.raises(SceneError, match="no TIFF"):
        inspect_aerial(tmp_path / "a.tif")
