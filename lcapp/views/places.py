"""A map on which a place can be found without a network: degrees, the shape of a land, its cities.

Names stand in the properties of lines and points, as those of footprints do: text on a map needs
glyphs from a server, and the page shows the name under the pointer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcapp.types import Grid
from lcapp.views.map import corners, lon_lat_bounds, options_of, style

Box = Sequence[float]
"""West, south, east, north in degrees."""

_LINE, _LAND, _PLACE, _KEPT = "#8b98a5", "#33475b", "#d6006c", "#0b6e4f"
_FINE_FROM = 7
"""Zoom at which every tenth of a degree is drawn, not only whole ones."""

# By hand, from what any atlas tells, to a few kilometres: something to find one's way by.
_FRANCE = (
    *((2.5, 51.1), (1.6, 50.9), (1.5, 50.2), (0.2, 49.7), (0.1, 49.5), (-0.3, 49.3), (-1.1, 49.4)),
    *((-1.3, 49.7), (-1.9, 49.7), (-1.6, 48.8), (-2.0, 48.7), (-3.0, 48.8), (-4.0, 48.7)),
    *((-4.8, 48.4), (-4.7, 48.0), (-4.4, 47.8), (-3.1, 47.5), (-2.5, 47.3), (-2.0, 47.0)),
    *((-1.8, 46.5), (-1.2, 46.1), (-1.1, 45.6), (-1.3, 44.6), (-1.8, 43.4), (-0.7, 42.9)),
    *((0.7, 42.7), (1.5, 42.6), (3.2, 42.4), (3.1, 43.1), (4.0, 43.5), (5.0, 43.4), (6.2, 43.1)),
    *((7.5, 43.8), (7.0, 44.3), (6.9, 45.1), (7.0, 45.9), (6.8, 46.4), (6.1, 46.2), (6.1, 46.6)),
    *((7.0, 47.4), (7.6, 47.6), (7.6, 48.1), (8.2, 49.0), (6.4, 49.5), (5.8, 49.5), (4.9, 50.1)),
    *((4.2, 50.0), (3.2, 50.8), (2.5, 51.1)),
)
_CORSICA = ((9.4, 43.0), (8.6, 42.4), (8.6, 41.9), (9.2, 41.4), (9.5, 42.1), (9.4, 43.0))

CITIES = {
    "Paris": (2.35, 48.86),
    "Lille": (3.06, 50.63),
    "Rouen": (1.10, 49.44),
    "Brest": (-4.49, 48.39),
    "Rennes": (-1.68, 48.11),
    "Nantes": (-1.55, 47.22),
    "Tours": (0.69, 47.39),
    "Bordeaux": (-0.58, 44.84),
    "Toulouse": (1.44, 43.60),
    "Montpellier": (3.88, 43.61),
    "Marseille": (5.37, 43.30),
    "Nice": (7.27, 43.70),
    "Ajaccio": (8.74, 41.93),
    "Grenoble": (5.72, 45.19),
    "Lyon": (4.84, 45.76),
    "Clermont-Ferrand": (3.09, 45.78),
    "Limoges": (1.26, 45.83),
    "Dijon": (5.04, 47.32),
    "Strasbourg": (7.75, 48.58),
    "Nancy": (6.18, 48.69),
    "Reims": (4.03, 49.26),
}


@dataclass(frozen=True)
class Background:
    """Tiles of a map of somebody else, which a browser asks for.

    Attributes:
        tiles: Their address, with {z}, {x} and {y} in it.
        credit: To be named beside it.
    """

    tiles: str
    credit: str


def places_style(
    extents: Sequence[Box],
    footprint: Grid | None,
    kept: Mapping[str, tuple[float, float]],
    background: Background | None = None,
) -> dict[str, Any]:
    """A MapLibre style that asks no server, but for the background where there is one.

    Args:
        extents: What the services cover.
        footprint: Of the place that is chosen.
        kept: Name of each favourite place, and its longitude and latitude.
        background: Drawn beneath all.
    """
    drawn = style([])
    if background is not None:
        drawn["sources"]["background-tiles"] = {
            "type": "raster",
            "tiles": [background.tiles],
            "tileSize": 256,
            "maxzoom": 18,
        }
        tiles = {"id": "background-tiles", "type": "raster", "source": "background-tiles"}
        drawn["layers"].append(tiles)
    lines = [one for box in extents for one in _graticule(box)]
    _add(drawn, "degrees", [one for one in lines if one["properties"]["whole"]], _LINE, 0.7)
    _add(drawn, "tenths", [one for one in lines if not one["properties"]["whole"]], _LINE, 0.35)
    drawn["layers"][-1]["minzoom"] = _FINE_FROM
    land = [one for one in (_FRANCE, _CORSICA) if any(_meets(box, one) for box in extents)]
    _add(drawn, "land", [_line(one, {}) for one in land], _LAND, 1.6)
    _add(drawn, "covered", [_line(_ring(box), {}) for box in extents], _KEPT, 1.5)
    cities = {k: at for k, at in CITIES.items() if any(_holds(box, at) for box in extents)}
    _points(drawn, "cities", cities, _LAND, 3.5)
    _points(drawn, "kept", kept, _KEPT, 6.0)
    ring = [] if footprint is None else corners(footprint)
    _add(drawn, "footprint", [_line([*ring, ring[0]], {})] if ring else [], _PLACE, 3)
    return drawn


def places_options(
    extents: Sequence[Box],
    footprint: Grid | None,
    kept: Mapping[str, tuple[float, float]],
    background: Background | None = None,
) -> Mapping[str, Any]:
    """Options of a leafmap map that opens on the place, or on the first of the extents.

    Args:
        extents: What the services cover; at least one.
        footprint: Of the place that is chosen.
        kept: Favourite places.
        background: Drawn beneath all.
    """
    west, south, east, north = extents[0]
    bounds = [[west, south], [east, north]]
    if footprint is not None:
        (west, south), (east, north) = lon_lat_bounds(footprint)
        wide, high = 2 * (east - west), 2 * (north - south)
        bounds = [[west - wide, south - high], [east + wide, north + high]]
    return options_of(places_style(extents, footprint, kept, background), bounds)


def _graticule(box: Box) -> list[dict[str, Any]]:
    """Every tenth of a degree, whole ones told apart."""
    west, south, east, north = box
    lines = []
    if (east - west) * (north - south) > 400:  # of a large part of the Earth, whole ones alone
        step = 10
    else:
        step = 1
    for tenth in range(math.ceil(west * 10), math.floor(east * 10) + 1, step):
        name = f"{abs(tenth) / 10:g}° {'W' if tenth < 0 else 'E'}"
        told = {"name": name, "whole": tenth % 10 == 0}
        lines.append(_line([(tenth / 10, south), (tenth / 10, north)], told))
    for tenth in range(math.ceil(south * 10), math.floor(north * 10) + 1, step):
        name = f"{abs(tenth) / 10:g}° {'S' if tenth < 0 else 'N'}"
        told = {"name": name, "whole": tenth % 10 == 0}
        lines.append(_line([(west, tenth / 10), (east, tenth / 10)], told))
    return lines


def _line(points: Sequence[Sequence[float]], told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": dict(told),
        "geometry": {"type": "LineString", "coordinates": [list(one) for one in points]},
    }


def _ring(box: Box) -> list[tuple[float, float]]:
    west, south, east, north = box
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def _holds(box: Box, at: Sequence[float]) -> bool:
    return box[0] <= at[0] <= box[2] and box[1] <= at[1] <= box[3]


def _meets(box: Box, points: Sequence[Sequence[float]]) -> bool:
    return any(_holds(box, one) for one in points)


def _source(drawn: dict[str, Any], name: str, features: Sequence[Mapping[str, Any]]) -> None:
    data = {"type": "FeatureCollection", "features": list(features)}
    drawn["sources"][name] = {"type": "geojson", "data": data}


def _add(
    drawn: dict[str, Any],
    name: str,
    features: Sequence[Mapping[str, Any]],
    colour: str,
    width: float,
) -> None:
    _source(drawn, name, features)
    paint = {"line-color": colour, "line-width": width}
    drawn["layers"].append({"id": name, "type": "line", "source": name, "paint": paint})


def _points(
    drawn: dict[str, Any],
    name: str,
    points: Mapping[str, tuple[float, float]],
    colour: str,
    radius: float,
) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"name": one},
            "geometry": {"type": "Point", "coordinates": list(at)},
        }
        for one, at in points.items()
    ]
    _source(drawn, name, features)
    paint = {
        "circle-color": colour,
        "circle-radius": radius,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1,
    }
    drawn["layers"].append({"id": name, "type": "circle", "source": name, "paint": paint})
