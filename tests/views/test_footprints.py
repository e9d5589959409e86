"""Outlines of patches on the map, and that they ask nothing of a network."""

import json
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from lcapp.types import Grid
from lcapp.views.footprints import DOTS, OUTLINES, footprints_options, footprints_style, outlined
from lcapp.views.map import Overlay, corners, lon_lat_bounds, pixel_at, style


@pytest.fixture
def grids() -> dict[str, Grid]:
    """Three patches from west to east."""
    first = Grid("EPSG:2154", Affine(0.2, 0, 800_000.0, 0, -0.2, 6_500_000.0), 512, 512)
    return {
        f"D/R/0-{col}": replace(first, transform=first.transform @ Affine.translation(512 * col, 0))
        for col in range(3)
    }


def features(style: dict) -> list[dict]:
    return style["sources"][OUTLINES]["data"]["features"]


def test_each_outline_is_a_closed_ring_around_its_patch_and_carries_its_name(
    grids: dict[str, Grid],
) -> None:
    drawn = features(footprints_style(grids, "D/R/0-1"))
    assert [one["properties"]["name"] for one in drawn] == list(grids)
    for one, grid in zip(drawn, grids.values(), strict=True):
        (ring,) = one["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        np.testing.assert_allclose(ring[:4], corners(grid))


def test_only_the_chosen_outline_is_marked(grids: dict[str, Grid]) -> None:
    marked = [one["properties"]["chosen"] for one in features(footprints_style(grids, "D/R/0-1"))]
    assert marked == [False, True, False]
    assert not any(one["properties"]["chosen"] for one in features(footprints_style(grids, "x")))


def test_the_chosen_one_differs_by_more_than_its_colour(grids: dict[str, Grid]) -> None:
    line = footprints_style(grids, "D/R/0-1")["layers"][-1]
    _, is_chosen, thick, thin = line["paint"]["line-width"]
    assert is_chosen == ["get", "chosen"]
    assert thick > 2 * thin


def test_the_style_is_plain_data_that_names_no_server(grids: dict[str, Grid]) -> None:
    described = footprints_style(grids, "D/R/0-0")
    assert "http" not in json.dumps(described)
    assert "glyphs" not in described
    assert all(layer["type"] != "symbol" for layer in described["layers"])


def test_the_image_lies_under_the_outlines(grids: dict[str, Grid]) -> None:
    grid = grids["D/R/0-1"].coarser(64)
    image = Overlay("aerial", "Aerial image", np.full((8, 8, 4), 200, np.uint8), grid)
    layers = [one["id"] for one in footprints_style(grids, "D/R/0-1", image)["layers"]]
    assert layers == ["background", "aerial", f"{OUTLINES}-area", f"{OUTLINES}-line"]


def test_the_map_opens_on_all_of_them(grids: dict[str, Grid]) -> None:
    options = footprints_options(grids, "D/R/0-1")
    (west, south), (east, north) = options["bounds"]
    boxes = np.array([lon_lat_bounds(grid) for grid in grids.values()])  # N 2 2
    np.testing.assert_allclose([west, south], boxes[:, 0].min(axis=0))
    np.testing.assert_allclose([east, north], boxes[:, 1].max(axis=0))
    assert json.loads(json.dumps(options))["style"] == footprints_style(grids, "D/R/0-1")


def test_outlines_lie_over_a_map_and_from_afar_they_are_dots(grids: dict[str, Grid]) -> None:
    below = style([])
    drawn = outlined(below, grids, labels={"D/R/0-1": "The second"}, dots=True)
    assert OUTLINES not in below["sources"]
    assert [one["id"] for one in drawn["layers"]][-1] == DOTS
    dot = drawn["sources"][DOTS]["data"]["features"][0]
    lon, lat = dot["geometry"]["coordinates"]
    assert pixel_at(grids["D/R/0-0"], lon, lat) in {(255, 255), (255, 256), (256, 255), (256, 256)}
    assert dot["properties"]["name"] == "D/R/0-0"
    assert DOTS not in outlined(below, grids)["sources"]
    told = [(one["properties"]["name"], one["properties"]["label"]) for one in features(drawn)]
    assert told[:2] == [("D/R/0-0", "D/R/0-0"), ("D/R/0-1", "The second")]
