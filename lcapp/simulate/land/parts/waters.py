"""Rivers, streams and ponds, with what grows on their banks."""

import math
from itertools import pairwise

import numpy as np

from lcapp.simulate.land.parts.ways import band, path
from lcapp.simulate.land.parts.woods import STANDS, row, tree
from lcapp.simulate.land.shapes import Points, Pond, Strip
from lcapp.simulate.land.sketch.lines import Segment, along, beside, middle_of, moved
from lcapp.simulate.land.sketch.sketch import SURROUNDINGS, Sketch


def meander(sketch: Sketch, x: float, y: float, turn: float, sway: float) -> Points:
    """A winding line through a place, from one end of the land to the other.

    Args:
        sketch: Of whose land.
        x: Metres.
        y: Metres.
        turn: Where it goes on the whole.
        sway: Metres by which it leaves the straight line.
    """
    reach = 1.5 * (sketch.extent / 2 + SURROUNDINGS)
    far = np.arange(-reach, reach, 14.0)
    waves = sketch.generator.uniform((140.0, 55.0), (260.0, 100.0))
    phases = sketch.generator.uniform(0.0, 2 * math.pi, 2)
    aside = sway * (np.sin(far / waves[0] * 6.28 + phases[0]) - math.sin(phases[0]))
    aside += 0.3 * sway * (np.sin(far / waves[1] * 6.28 + phases[1]) - math.sin(phases[1]))
    places = zip(far.tolist(), aside.tolist(), strict=True)
    return tuple(moved(x, y, turn, *place) for place in places)


def river(sketch: Sketch, line: Points, width: float, trees: float = 0.7) -> None:
    """A river or stream with wooded banks, gravel in the bends of a wide one.

    Args:
        sketch: Drawn into.
        line: Its middle.
        width: Metres.
        trees: Share of the bank that is wooded.
    """
    water = sketch.own("river" if width > 5.0 else "stream")
    bank, gravel = sketch.shared("brushwood"), sketch.shared("gravel bar")
    far = sketch.own("alder")
    for number, piece in enumerate(pairwise(line)):
        sketch.keep_open(piece, 0.8 * width + 0.6)
        if not sketch.near(*middle_of(piece)):
            sketch.add("rows", Strip(far, piece, width + 9.0 * trees, 9.0, 1.5))
            sketch.add("water", Strip(water, piece, width, 0.0, 0.8))
            continue
        sketch.add("rows", Strip(bank, piece, width + 3.0, 1.0, 1.2))
        if width > 7.0 and math.sin(number / 2.5) > 0.75:
            sketch.add("rows", Strip(gravel, beside(piece, 0.42 * width), 0.55 * width, 0.0, 1.4))
        sketch.add("water", Strip(water, piece, width, 0.0, 0.6))
        how = STANDS["riparian"]
        for side in (1.0, -1.0):
            for x, y in along(beside(piece, side * (width / 2 + 2.2)), 4.6):
                if sketch.chance(trees):
                    off = sketch.between(-0.8, 2.4) * side
                    kind = sketch.pick(*how.kinds)
                    tree(sketch, kind, x + off, y + off, how.radius, how.height)


def canal(sketch: Sketch, road: Segment, edge: float, width: float) -> None:
    """A canal, or a river between dykes, to the right of a road, with a tow path and trees.

    Args:
        sketch: Drawn into.
        road: The road's middle.
        edge: Metres from there to the nearer bank.
        width: Metres.
    """
    line = beside(road, edge + width / 2)
    band(sketch, "water", sketch.same("verge"), line, width + 13.0, 0.6)
    band(sketch, "water", sketch.own("river"), line, width, 0.25)
    sketch.keep_open(line, width + 1.5)
    path(sketch, beside(road, edge + width + 3.0), 2.4)
    kind = sketch.pick(("plane", 0.5), ("poplar", 0.3), ("alder", 0.2))
    row(sketch, road, kind, 9.0, 3.0, 13.0, edge + width + 5.4)


def pond(sketch: Sketch, x: float, y: float, reach: float, kind: str = "pond") -> None:
    """A pond with reeds and bushes on a part of its shore."""
    wide = reach * sketch.between(0.55, 0.95)
    sketch.add("rows", Pond(sketch.shared("wet meadow"), x, y, reach + 3.0, wide + 3.0))
    water, fray = sketch.own(kind), min(0.14 * reach, 0.9)
    sketch.add("water", Pond(water, x, y, reach, wide, fray))
    for _ in range(3):
        # Bays.
        off_x, off_y = sketch.between(-0.5, 0.5) * reach, sketch.between(-0.5, 0.5) * wide
        size = sketch.between(0.4, 0.55)
        sketch.add("water", Pond(water, x + off_x, y + off_y, size * reach, size * wide, fray))
    sketch.keep_open(((x - reach + wide, y), (x + reach - wide, y)), 1.9 * wide)
    first = sketch.between(0.0, 6.0)
    for step in range(int(reach)):
        turn = first + 3.4 * step / reach
        at_x, at_y = x + 1.15 * reach * math.cos(turn), y + 1.15 * wide * math.sin(turn)
        if sketch.chance(0.6):
            kind_of = sketch.pick(("alder", 0.5), ("brushwood", 0.5))
            size = sketch.between(1.0, 2.8)
            tree(sketch, kind_of, at_x, at_y, (size, size + 0.5), 3.2 * size)
