"""Where patches lie: their outlines as a style of the map, the chosen one filled.

Names stand in the outlines' properties and not on the map, because text on a map needs glyphs from
a server; the page shows the name of the outline under the pointer.
"""

from collections.abc import Mapping
from typing import Any

from lcapp.types import Grid
from lcapp.views.map import Overlay, corners, options_of, style

OUTLINES = "footprints"
"""The source of the outlines, and the first part of its layers' names."""

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
    drawn = style([] if image is None else [image])
    drawn["sources"][OUTLINES] = {
        "type": "geojson",
        "data": {
            "type": "FeatureCollection",
            "features": [_feature(one, grid, one == chosen) for one, grid in grids.items()],
        },
    }
    is_chosen = ["get", "chosen"]
    drawn["layers"] += [
        {
            "id": f"{OUTLINES}-area",
            "type": "fill",
            "source": OUTLINES,
            # Nearly clear over the image of the chosen patch, and enough to be pointed at.
            "paint": {
                "fill-color": ["case", is_chosen, _CHOSEN, _LINE],
                "fill-opacity": ["case", is_chosen, 0.05 if image is not None else 0.35, 0.08],
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
    return drawn


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
    rings = [
        one["geometry"]["coordinates"][0] for one in drawn["sources"][OUTLINES]["data"]["features"]
    ]
    lons, lats = zip(*(corner for ring in rings for corner in ring), strict=True)
    return options_of(drawn, [[min(lons), min(lats)], [max(lons), max(lats)]])


def _feature(name: str, grid: Grid, chosen: bool) -> dict[str, Any]:
    ring = corners(grid)
    return {
        "type": "Feature",
        "properties": {"name": name, "chosen": chosen},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
