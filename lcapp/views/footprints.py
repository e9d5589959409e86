"""Where patches lie: their outlines as a style of the map, the chosen one filled.

Names stand in the outlines' properties and not on the map, because text on a map needs glyphs from
a server; the page shows the name of the outline under the pointer.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lcapp.types import Grid
from lcapp.views.map import Overlay, corners, options_of, style

OUTLINES = "footprints"
"""The source of the outlines, and the first part of its layers' names."""

DOTS = "footprint-dots"
"""The source of the dots, and its layer."""

_DOTS_BELOW = 13
"""Zoom at which 100 m are a few pixels."""

_LINE, _CHOSEN = "#33475b", "#d6006c"


def footprints_style(
    grids: Mapping[str, Grid], chosen: str, image: Overlay | None = None
) -> dict[str, Any]:
    """A MapLibre style with nothing in it that would ask a server.

    Args:
        grids: Id to where the patch lies.
        chosen: The id that is drawn with a thick outline; need not be among them.
        image: Drawn under the outlines.
    """
    return outlined(style([] if image is None else [image]), grids, chosen, clear=image is not None)


def outlined(
    drawn: Mapping[str, Any],
    grids: Mapping[str, Grid],
    chosen: str = "",
    labels: Mapping[str, str] | None = None,
    *,
    clear: bool = False,
    dots: bool = False,
) -> dict[str, Any]:
    """A style with outlines over what it has.

    Args:
        drawn: The style; it is not changed.
        grids: Id to where the patch lies.
        chosen: The id that is drawn with a thick outline; need not be among them.
        labels: Id to what the pointer shows of a patch, where that is not its id.
        clear: The chosen one is filled so that an image under it is seen.
        dots: From so far that a patch is smaller than that, it is a dot.
    """
    labels = labels or {}
    features = [
        _feature(one, labels.get(one, one), grid, one == chosen) for one, grid in grids.items()
    ]
    sources = {OUTLINES: _collection(features)}
    is_chosen = ["get", "chosen"]
    layers: list[dict[str, Any]] = [
        {
            "id": f"{OUTLINES}-area",
            "type": "fill",
            "source": OUTLINES,
            # Nearly clear over the image of the chosen patch, and enough to be pointed at.
            "paint": {
                "fill-color": ["case", is_chosen, _CHOSEN, _LINE],
                "fill-opacity": ["case", is_chosen, 0.05 if clear else 0.35, 0.08],
            },
        },
        {
            "id": f"{OUTLINES}-line",
            "type": "line",
            "source": OUTLINES,
            # The chosen outline is drawn last, so that no neighbour's covers half of it.
            "layout": {"line-sort-key": ["case", is_chosen, 1, 0]},
            "paint": {
                "line-color": ["case", is_chosen, _CHOSEN, _LINE],
                "line-width": ["case", is_chosen, 4, 1],
            },
        },
    ]
    if dots:
        # Of their own: an outline smaller than a pixel is not drawn at all, not even its corners.
        sources[DOTS] = _collection(
            [
                {**one, "geometry": {"type": "Point", "coordinates": _middle(grid)}}
                for one, grid in zip(features, grids.values(), strict=True)
            ]
        )
        layers.append(
            {
                "id": DOTS,
                "type": "circle",
                "source": DOTS,
                "maxzoom": _DOTS_BELOW,
                "paint": {
                    "circle-radius": 7,
                    "circle-color": _LINE,
                    "circle-stroke-color": "#ffffff",
                    "circle-stroke-width": 2,
                },
            }
        )
    return {
        **drawn,
        "sources": {**drawn["sources"], **sources},
        "layers": [*drawn["layers"], *layers],
    }


def _collection(features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"type": "geojson", "data": {"type": "FeatureCollection", "features": [*features]}}


def _middle(grid: Grid) -> list[float]:
    (west, south), (east, north) = bounds_of([grid])
    return [(west + east) / 2, (south + north) / 2]


def bounds_of(grids: Iterable[Grid]) -> list[list[float]]:
    """South-west and north-east corner of a box around all of them, degrees; at least one."""
    lons, lats = zip(*(corner for grid in grids for corner in corners(grid)), strict=True)
    return [[min(lons), min(lats)], [max(lons), max(lats)]]


def footprints_options(
    grids: Mapping[str, Grid], chosen: str, image: Overlay | None = None
) -> Mapping[str, Any]:
    """Options of a leafmap map that opens on all outlines, as plain data for the page's component.

    Args:
        grids: Id to where the patch lies; at least one.
        chosen: The id that is highlighted.
        image: Drawn under the outlines.
    """
    drawn = footprints_style(grids, chosen, image)
    return options_of(drawn, bounds_of(grids.values()))


def _feature(name: str, label: str, grid: Grid, chosen: bool) -> dict[str, Any]:
    ring = corners(grid)
    return {
        "type": "Feature",
        "properties": {"name": name, "label": label, "chosen": chosen},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
