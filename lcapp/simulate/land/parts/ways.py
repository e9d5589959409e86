"""Roads, streets, tracks and where cars stand."""

import math

from lcapp.simulate.land.shapes import Parcel, Rows, Strip, block
from lcapp.simulate.land.sketch.lines import Segment, along, beside, moved, pieces, turn_of
from lcapp.simulate.land.sketch.lots import Lot
from lcapp.simulate.land.sketch.sketch import Sketch

CAR = 1.4
"""Metres of height."""


def band(
    sketch: Sketch,
    layer: str,
    surface: str,
    line: Segment,
    width: float,
    fray: float = 0.1,
    height: float = 0.0,
) -> None:
    """A strip along a line."""
    for piece in pieces(line):
        sketch.add(layer, Strip(surface, piece, width, height, fray))


def road(sketch: Sketch, line: Segment, width: float = 6.0, verge: float = 2.2) -> None:
    """A country road: asphalt, painted where it is wide, grass on both sides."""
    band(sketch, "ways", sketch.shared("verge"), line, width + 2 * verge, 0.3)
    surface = sketch.same("road" if width > 5.0 else "old road")
    sketch.keep_open(line, width + 1.6)
    band(sketch, "marks", surface, line, width, 0.06)
    if width > 5.5:
        _dashes(sketch, line)


def _dashes(sketch: Sketch, line: Segment) -> None:
    """The centre line: 3 m painted, 10 m not."""
    turn = turn_of(line)
    for x, y in along(line, 13.0):
        if sketch.near(x, y):
            sketch.add("marks", block("marking", x, y, 3.0, 0.3, turn, 0.0))


def street(sketch: Sketch, line: Segment, width: float = 5.6, cars: float = 0.25) -> None:
    """A street between pavements, with cars at the kerb."""
    band(sketch, "ways", sketch.same("pavement"), line, width + 3.0, 0.03)
    band(sketch, "marks", sketch.same("road"), line, width, 0.03)
    sketch.keep_open(line, width + 2.2)
    kerb = width / 2 - 1.0
    for away in (kerb, -kerb):
        for x, y in along(beside(line, away), 6.2):
            if sketch.chance(cars):
                car(sketch, x, y, turn_of(line))


def track(sketch: Sketch, line: Segment, width: float = 3.2, worn: float = 0.5) -> None:
    """A farm track: two wheel tracks in grass, or gravel all over where it is much used."""
    band(sketch, "ways", sketch.shared("verge"), line, width + 2.4, 0.35)
    surface = sketch.same("track")
    sketch.keep_open(line, width + 1.0)
    if sketch.chance(worn):
        band(sketch, "tracks", surface, line, width, 0.35)
        return
    for away in (0.85, -0.85):
        band(sketch, "tracks", surface, beside(line, away), 0.8, 0.2)


def railway(sketch: Sketch, line: Segment) -> None:
    """Two tracks on ballast, with grass and bushes beside them."""
    band(sketch, "ways", sketch.same("verge"), line, 19.0, 0.6)
    band(sketch, "marks", sketch.same("railway"), line, 10.5, 0.25)
    sketch.keep_open(line, 13.0)
    for away in (-2.9, -1.5, 1.5, 2.9):
        rail = beside(line, away)
        if sketch.near(*line[0], 400.0):
            band(sketch, "marks", "terrace", rail, 0.2, 0.0)


def path(sketch: Sketch, line: Segment, width: float = 1.6) -> None:
    """A foot path of sand."""
    band(sketch, "tracks", sketch.shared("sand track"), line, width, 0.15)


def car(sketch: Sketch, x: float, y: float, turn: float) -> None:
    """A car; to the nomenclature it is the ground on which it stands."""
    if sketch.near(x, y):
        paint = sketch.pick(("marking", 0.45), ("road", 0.35), ("terrace", 0.2))
        sketch.add("built", block(sketch.shared(paint), x, y, 4.3, 1.75, turn, CAR))


def car_park(sketch: Sketch, lot: Lot, full: float = 0.55) -> None:
    """Bays on both sides of lanes, more or less full, with some trees."""
    sketch.add("ground", Parcel(sketch.own("car park"), lot.corners, 0.0, 0.05))
    yard = lot.inset(1.5)
    if yard is None or not sketch.touches(lot):
        return
    lane, bay, wide = 6.0, 5.0, 2.5
    turn = lot.turn
    (low, high), (left, right) = yard.reach(turn), yard.reach(turn + math.pi / 2)
    across = left
    while across + 2 * bay < right:
        inner = _band_of(low, high, across, across + 2 * bay, turn).within(yard)
        if inner is not None:
            lines = Rows("marking", inner.corners, wide, 0.15, 0.0, turn + math.pi / 2, -low)
            sketch.add("marks", lines)
        for row in (across + bay / 2, across + 1.5 * bay):
            for number in range(int((high - low) / wide)):
                x, y = moved(0.0, 0.0, turn, low + (number + 0.5) * wide, row)
                if yard.holds(x, y) and sketch.chance(full):
                    car(sketch, x, y, turn + math.pi / 2)
        across += 2 * bay + lane


def _band_of(low: float, high: float, left: float, right: float, turn: float) -> Lot:
    """A rectangle in turned coordinates."""
    places = ((low, left), (high, left), (high, right), (low, right))
    return Lot(tuple(moved(0.0, 0.0, turn, *place) for place in places), turn)
