"""The map of a scene: overlays as image layers of a leafmap map that needs no network.

The style dictionary carries every overlay as an `image` source (a PNG data URI and its four
corners) and a `raster` layer. It is plain data: `style(...)["layers"]` can be tested without a
browser, and the page changes opacity and images in place.
"""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lcapp.types import Grid
from lcapp.views.imagery import RGBA, png_uri

_BACKGROUND = "#e8ebee"


@dataclass(frozen=True, eq=False)
class Overlay:
    """One image on the map.

    Attributes:
        id: Name of the layer.
        label: What the reader sees it called.
        rgba: H W 4.
        grid: Where it lies.
        note: How to read it; may be empty.
        names: `#rrggbb` to the class drawn in it, in the order of the table, where colours are
            classes.
        legend: HTML that tells its colours (`views.legend`); may be empty.
        chance: Values of the red channel that stand for 0 and 1, where it draws the probability
            of the class.
        opacity: 0..1.
        visible: Drawn at first.
    """

    id: str
    label: str
    rgba: RGBA
    grid: Grid
    note: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    legend: str = ""
    chance: tuple[int, int] | None = None
    opacity: float = 1.0
    visible: bool = True


def corners(grid: Grid) -> list[list[float]]:
    """Longitude and latitude of the upper left, upper right, lower right, lower left corner."""
    from rasterio.warp import transform

    west, south, east, north = grid.bounds
    lon, lat = transform(
        grid.crs, "EPSG:4326", [west, east, east, west], [north, north, south, south]
    )
    return [[x, y] for x, y in zip(lon, lat, strict=True)]


def lon_lat_bounds(grid: Grid) -> list[list[float]]:
    """South-west and north-east corner in longitude and latitude, of a box around the grid."""
    four = corners(grid)
    lons, lats = [corner[0] for corner in four], [corner[1] for corner in four]
    return [[min(lons), min(lats)], [max(lons), max(lats)]]


def pixel_at(grid: Grid, lon: float, lat: float) -> tuple[int, int] | None:
    """Row and column under a place on the map; None outside the image."""
    from rasterio.warp import transform

    (x,), (y,) = transform("EPSG:4326", grid.crs, [lon], [lat])
    west, _, _, north = grid.bounds
    col = math.floor((x - west) / grid.transform.a)
    row = math.floor((y - north) / grid.transform.e)
    inside = 0 <= row < grid.height and 0 <= col < grid.width
    return (row, col) if inside else None


def place_of(grid: Grid, row: int, col: int) -> tuple[float, float]:
    """Longitude and latitude of a pixel's middle, to 1e-7 degrees: a centimetre."""
    from rasterio.warp import transform

    x, y = grid.transform @ (col + 0.5, row + 0.5)
    (lon,), (lat,) = transform(grid.crs, "EPSG:4326", [x], [y])
    return round(lon, 7), round(lat, 7)


def place_at(grid: Grid, x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude of a place so many metres from the left and the upper edge."""
    return place_of(grid, math.floor(y / grid.gsd), math.floor(x / grid.gsd))


def style(overlays: Sequence[Overlay]) -> dict[str, Any]:
    """A MapLibre style with nothing in it that would ask a server."""
    sources = {one.id: _source(one) for one in overlays}
    layers: list[dict[str, Any]] = [
        {"id": "background", "type": "background", "paint": {"background-color": _BACKGROUND}}
    ]
    layers += [
        {
            "id": one.id,
            "type": "raster",
            "source": one.id,
            "layout": {"visibility": "visible" if one.visible else "none"},
            "paint": {
                "raster-opacity": one.opacity,
                "raster-fade-duration": 0,
                # Pixels are what this map is about: show them, do not smooth them away.
                "raster-resampling": "nearest",
            },
        }
        for one in overlays
    ]
    return {"version": 8, "sources": sources, "layers": layers}


def _source(overlay: Overlay) -> dict[str, Any]:
    """An image source; a square image of 2^n pixels gets one transparent row more.

    MapLibre 5 draws those with a filter that wants mipmaps, makes none, and shows black.
    """
    rgba, grid = overlay.rgba, overlay.grid
    height, width = rgba.shape[:2]
    if height == width and height & (height - 1) == 0:
        rgba = np.concatenate([rgba, np.zeros((1, width, 4), np.uint8)])  # H+1 W 4
        grid = replace(grid, height=grid.height + 1)
    return {"type": "image", "url": png_uri(rgba), "coordinates": corners(grid)}


def map_options(overlays: Sequence[Overlay], focus: Grid) -> Mapping[str, Any]:
    """Options of a leafmap map over `focus`, as plain data for the page's component.

    Args:
        overlays: From bottom to top.
        focus: What the map shows at first.
    """
    return options_of(style(overlays), lon_lat_bounds(focus))


def options_of(drawn: Mapping[str, Any], bounds: Sequence[Sequence[float]]) -> Mapping[str, Any]:
    """Options of a leafmap map with a style of one's own.

    Args:
        drawn: A MapLibre style.
        bounds: South-west and north-east corner of what the map shows at first, degrees.
    """
    # It suggests to install a web framework that has nothing to do with this app.
    logging.getLogger("maplibre").setLevel(logging.ERROR)
    from leafmap.maplibregl import Map  # takes over a second: only when a map is drawn

    # Bounds, not a zoom: only the page knows the size of the map.
    made = Map(style=drawn, bounds=bounds, controls={})
    options: Mapping[str, Any] = made.to_dict()["mapOptions"]
    return options
