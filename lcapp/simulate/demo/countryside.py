"""The plan of the demo scene: most of FLAIR #2's classes on one hectare in central France.

Made so that one date does not tell all: at the flight in July maize is as green as a meadow, and a
ploughed field, wheat the month before, shows soil like the building plot does.
"""

from itertools import pairwise

import numpy as np

from lcapp.simulate.land.ground.surface import vary
from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.shapes import (
    Building,
    Crown,
    Parcel,
    Points,
    Pond,
    Rows,
    Shape,
    Strip,
    in_polygon,
)

_FIELDS = (
    *("wheat", "wheat", "wheat", "maize", "maize", "rapeseed", "plowed"),
    *("meadow", "meadow", "hay", "hay", "oak", "deciduous", "coniferous"),
)
_ROAD: Points = ((-400, 84), (-60, 68), (0, 62), (45, 56), (90, 55), (150, 60), (500, 96))
_TRACK: Points = ((37.5, 57), (36.5, 30), (38, 0), (35, -60), (20, -400))
_WOOD: Points = ((73, -90), (72, 6), (76, 30), (84, 40), (103, 38), (170, 44), (190, -90))
_CONIFERS: Points = ((77, 83), (100, 80), (160, 82), (170, 170), (73, 165), (75, 100))
_WHEAT: Points = ((40, -60), (69, -60), (68, 12), (72, 51), (40, 52.5))
_VINEYARD: Points = ((-70, 75), (-20, 69), (31, 65), (31, 135), (-70, 140))
_PLOT: Points = ((35, 62), (70, 60), (69, 99), (35, 101))


def countryside(seed: int) -> Plan:
    """The demo scene's plan; another seed grows other trees and other fields around."""
    generator = np.random.default_rng(seed)
    fields = {f"{name}/{at}": vary(SURFACES[name], generator) for at, name in enumerate(_FIELDS)}
    shapes: list[Shape] = [
        Parcel("plowed", ((-80, -60), (35, -60), (36, 22), (-80, 26))),
        Parcel("maize", ((-80, 28), (36, 24), (35.5, 55), (0, 59.5), (-80, 66)), height=1.9),
        Parcel("wheat", _WHEAT, height=0.8),
        Rows("tramline", _WHEAT, 12.0, 0.7, 0.2, 1.55),
        Parcel("meadow", ((70, -60), (200, -60), (200, 52), (90, 52), (73, 51))),
        Parcel("hay", ((69, 58), (90, 58), (200, 66), (200, 110), (69, 105))),
        Strip("verge", _TRACK, 6.5),
        Strip("verge", ((-80, 27), (36, 23)), 2.2),
        Strip("brushwood", (*_WOOD[1:5],), 3.2, height=1.6, fray=1.4),
        Parcel("oak", _WOOD, height=2.5, fray=1.5),
        Parcel("coniferous", _CONIFERS, height=1.0, fray=1.2),
        Parcel("verge", ((-75, 66), (33, 61), (33, 140), (-75, 145))),
        Rows("vine row", _VINEYARD, 1.0, 1.0, 0.0, 0.0),
        Rows("vine", _VINEYARD, 2.4, 0.9, 1.5, 1.42),
        Parcel("verge", ((30, 56), (110, 53), (110, 62), (30, 66))),
        *_plot(),
        Pond("brushwood", 82, 68, 9.2, 5.8, fray=1.6),
        Pond("pond", 82.4, 68.2, 7.6, 4.4, fray=1.2),
        Strip("verge", _ROAD, 9.5, fray=0.4),
        Strip("track", ((36.9, 57), (35.9, 30), (37.4, 0), (34.4, -60), (19.4, -400)), 0.8),
        Strip("track", ((38.5, 57), (37.5, 30), (39.0, 0), (36.0, -60), (21.0, -400)), 0.8),
        Strip("road", _ROAD, 5.4, fray=0.05),
        *_dashes(),
    ]
    shapes += _forest(generator, _WOOD, 4.6, (2.2, 3.9), 15.0, ("oak", "oak", "deciduous"))
    shapes += _forest(generator, _CONIFERS, 3.3, (1.7, 2.4), 13.0, ("coniferous",))
    shapes += _hedges(generator)
    shapes += _single_trees(generator)
    return Plan(tuple(shapes), tuple(fields), key=seed, surfaces=fields)


def _plot() -> list[Shape]:
    """A farmhouse, a younger house with a pool, a barn, and what lies between them."""
    return [
        Parcel("lawn", _PLOT),
        Parcel("bare", ((57, 86), (68, 85), (67.5, 98), (56, 98)), fray=0.5),
        Parcel("drive", ((40, 59), (44, 59), (45, 79), (52, 80), (52, 86), (39, 87)), fray=0.25),
        Strip("drive", ((60.5, 58), (60, 66)), 3.2),
        Parcel("terrace", ((50.5, 73.5), (60, 72), (60.5, 75.5), (51, 77)), fray=0.0),
        Parcel("terrace", ((53.4, 76.4), (63.4, 76.4), (63.4, 82.4), (53.4, 82.4)), fray=0.0),
        Parcel("pool", ((54.4, 77.4), (62.4, 77.4), (62.4, 81.4), (54.4, 81.4)), fray=0.0),
        Building("tiled roof", 57, 69, 13.5, 8.4, -0.15, eaves=3.2),
        Building("tiled roof", 62.5, 65.6, 6.5, 5.6, 1.42, eaves=2.6),
        Building("slate roof", 45, 92.5, 14.0, 8.0, 0.06, eaves=3.6, pitch=0.85),
        Building("metal roof", 39.4, 75, 11.0, 5.0, 1.5, eaves=3.8, pitch=0.25),
        Building("tiled roof", 66, 92.5, 3.2, 2.6, 0.2, eaves=2.0),
    ]


def _dashes() -> list[Shape]:
    """The road's centre line: 3 m painted, 10 m not."""
    marks: list[Shape] = []
    for (x0, y0), (x1, y1) in pairwise(_ROAD[1:-1]):
        length = float(np.hypot(x1 - x0, y1 - y0))
        for start in np.arange(0.0, length - 3.0, 13.0) / length:
            end = start + 3.0 / length
            ends = ((x0 + (x1 - x0) * at, y0 + (y1 - y0) * at) for at in (start, end))
            marks.append(Strip("marking", tuple(ends), 0.3, fray=0.0))
    return marks


def _forest(
    generator: np.random.Generator,
    border: Points,
    spacing: float,
    radii: tuple[float, float],
    height: float,
    kinds: tuple[str, ...],
) -> list[Shape]:
    """Crowns on a jittered lattice inside a border."""
    west, north = np.min(border, axis=0)
    east, south = np.max(border, axis=0)
    x, y = np.meshgrid(np.arange(west, east, spacing), np.arange(north, south, spacing))
    x = x + generator.uniform(-0.42, 0.42, x.shape) * spacing
    y = y + generator.uniform(-0.42, 0.42, y.shape) * spacing
    inside = in_polygon(border, x.astype(np.float32), y.astype(np.float32))
    # Beyond this distance no pixel of the aerial image sees a single tree.
    inside &= (x > -30) & (x < 132) & (y > -30) & (y < 132)
    return [
        _tree(generator, kinds, float(at_x), float(at_y), radii, height)
        for at_x, at_y in zip(x[inside], y[inside], strict=True)
    ]


def _tree(
    generator: np.random.Generator,
    kinds: tuple[str, ...],
    x: float,
    y: float,
    radii: tuple[float, float],
    height: float,
) -> Crown:
    kind = kinds[generator.integers(len(kinds))]
    return Crown(
        kind,
        x,
        y,
        radius=float(generator.uniform(*radii)),
        height=height * float(generator.uniform(0.72, 1.12)),
        tone=float(generator.uniform(0.8, 1.2)),
        pointed=kind == "coniferous",
    )


def _hedges(generator: np.random.Generator) -> list[Shape]:
    """Between wheat and wood, and around the plot."""
    lines = (
        ((69.5, -30), (68.6, 12), (71.0, 32), (72.4, 50), 3.6, (1.5, 2.6)),
        ((34.2, 64), (34.3, 99), 2.4, (0.8, 1.3)),
        ((69.8, 61), (69.4, 99), 2.2, (0.8, 1.3)),
        ((35, 100.6), (69, 99.6), 2.2, (0.8, 1.3)),
    )
    bushes: list[Shape] = []
    for *line, height, radii in lines:
        for (x0, y0), (x1, y1) in pairwise(line):
            for at in np.arange(0.0, 1.0, 0.75 * radii[1] / np.hypot(x1 - x0, y1 - y0)):
                x = x0 + (x1 - x0) * at + generator.uniform(-0.4, 0.4)
                y = y0 + (y1 - y0) * at + generator.uniform(-0.4, 0.4)
                kinds = ("brushwood", "deciduous") if height > 3 else ("brushwood",)
                bushes.append(_tree(generator, kinds, x, y, radii, height))
    return bushes


def _single_trees(generator: np.random.Generator) -> list[Shape]:
    places = (
        *((8, 66.6, 3.2), (20, 65.4, 2.9), (31.2, 64.0, 3.4), (79, 57.4, 3.1), (98, 59, 3.5)),
        *((48, 67, 2.6), (66.5, 72, 2.4), (49, 83.6, 1.9), (60, 94, 2.7), (37.5, 96, 2.8)),
        *((88.5, 73, 2.6), (74.5, 65, 2.1), (91, 64, 2.3), (72.6, 75, 2.9), (33.6, 18, 2.8)),
    )
    return [
        _tree(generator, ("deciduous", "oak"), x, y, (radius, radius + 0.4), 2.9 * radius)
        for x, y, radius in places
    ]
