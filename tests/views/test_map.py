"""Where images lie on the map, and that the map asks nothing of a network."""

import base64
import io
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine
from PIL import Image

from lcapp.types import Grid
from lcapp.views.map import Overlay, corners, lon_lat_bounds, map_options, pixel_at, style


def decoded(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1]))))


def overlay(grid: Grid, name: str = "aerial", **options: object) -> Overlay:
    rgba = np.full((grid.height, grid.width, 4), 200, np.uint8)
    return Overlay(name, name, rgba, grid, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("crs", "west", "north"),
    [("EPSG:25832", 600_000.0, 5_700_000.0), ("EPSG:2154", 650_000.0, 6_860_000.0)],
)
def test_corners_agree_with_proj(crs: str, west: float, north: float) -> None:
    pyproj = pytest.importorskip("pyproj")
    grid = Grid(crs, Affine(0.2, 0, west, 0, -0.2, north), 512, 304)
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    east, south = west + 60.8, north - 102.4
    expected = [
        to_degrees.transform(x, y)
        for x, y in ((west, north), (east, north), (east, south), (west, south))
    ]
    np.testing.assert_allclose(corners(grid), expected, rtol=0, atol=1e-6)


def test_the_central_meridian_is_where_it_is_by_definition() -> None:
    # UTM 32: easting 500 000 is 9 degrees east, northing 0 the equator
    upper_left, *_ = corners(Grid("EPSG:25832", Affine(10, 0, 500_000, 0, -10, 0), 4, 4))
    assert upper_left == pytest.approx([9.0, 0.0], abs=1e-9)


def test_a_place_leads_back_to_its_pixel(grid: Grid) -> None:
    shifted = replace(grid, transform=grid.transform @ Affine.translation(7.5, 11.5))
    lon, lat = corners(shifted)[0]  # the centre of row 11, column 7
    assert pixel_at(grid, lon, lat) == (11, 7)


def test_a_place_beside_the_image_is_no_pixel(grid: Grid) -> None:
    (west, south), (east, north) = lon_lat_bounds(grid)
    assert pixel_at(grid, west - 1e-4, north) is None
    assert pixel_at(grid, east, south - 1e-4) is None


def test_the_style_is_plain_data_that_names_no_server(grid: Grid) -> None:
    described = style([overlay(grid), overlay(grid, "classes", opacity=0.7, visible=False)])
    text = json.dumps(described)
    assert "http" not in text
    assert "glyphs" not in described
    assert "sprite" not in described
    kinds = {source["type"] for source in described["sources"].values()}
    assert kinds == {"image"}
    assert all(s["url"].startswith("data:image/png") for s in described["sources"].values())


def test_layers_lie_in_the_given_order_over_the_background(grid: Grid) -> None:
    layers = style([overlay(grid), overlay(grid, "classes", opacity=0.7, visible=False)])["layers"]
    assert [layer["id"] for layer in layers] == ["background", "aerial", "classes"]
    assert layers[2]["paint"]["raster-opacity"] == 0.7
    assert layers[2]["paint"]["raster-resampling"] == "nearest"
    assert [layer.get("layout", {}).get("visibility") for layer in layers[1:]] == [
        "visible",
        "none",
    ]


def test_a_square_of_a_power_of_two_is_padded_and_its_corners_move_along() -> None:
    grid = Grid("EPSG:25832", Affine(0.2, 0, 600_000, 0, -0.2, 5_700_000), 64, 64)
    source = style([overlay(grid)])["sources"]["aerial"]
    image = decoded(source["url"])
    assert image.shape == (65, 64, 4)
    assert (image[:64] == 200).all()
    assert (image[64] == 0).all()
    np.testing.assert_allclose(source["coordinates"], corners(replace(grid, height=65)))


def test_other_sizes_are_drawn_as_they_are(grid: Grid) -> None:
    source = style([overlay(grid)])["sources"]["aerial"]
    assert decoded(source["url"]).shape == (16, 24, 4)
    assert source["coordinates"] == corners(grid)


def test_leafmap_keeps_the_style_and_opens_on_the_scene(grid: Grid) -> None:
    options = map_options([overlay(grid)], grid)
    assert json.loads(json.dumps(options))["style"] == style([overlay(grid)])
    np.testing.assert_allclose(options["bounds"], lon_lat_bounds(grid))


def test_importing_the_views_imports_neither_torch_nor_leafmap_nor_streamlit() -> None:
    script = (
        "import sys, lcapp.views.map, lcapp.views.layers, lcapp.views.frames, "
        "lcapp.views.inspector, lcapp.views.legend\n"
        "print([m for m in ('torch', 'leafmap', 'streamlit') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
