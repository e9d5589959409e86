"""The landscapes of the demo: made so that one date does not tell what the year tells.

Each is one tile, at 0..102.4 m in plan coordinates, put together from the parts of the styles; the
village is a style's own, with a seed that was looked at.
"""

from collections.abc import Callable
from dataclasses import replace

from lcapp.simulate.demo.countryside import countryside
from lcapp.simulate.land.ground.surface import Knots
from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.parts.fields import field, orchard, vineyard
from lcapp.simulate.land.parts.houses import house
from lcapp.simulate.land.parts.waters import meander, river
from lcapp.simulate.land.parts.ways import road, track
from lcapp.simulate.land.parts.woods import hedge, row, stand, tree
from lcapp.simulate.land.shapes import Building, Parcel
from lcapp.simulate.land.sketch.lots import Lot
from lcapp.simulate.land.sketch.sketch import Sketch
from lcapp.simulate.land.styles import plan
from lcapp.simulate.zones import TILE_METRES

_FAR = 320.0
"""Metres to where nobody looks."""

_DUG, _ROOFED = 20, 60
"""Days of the year on which a field becomes a building site, and that has roofs."""

_OWN = 16
"""Of the random numbers of sketches: no style has this number."""


def _larch_and_spruce() -> Plan:
    """Two stands of cones either side of a forest road, beeches below."""
    sketch = Sketch(11, _OWN, TILE_METRES)
    stand(sketch, _lot((-_FAR, -_FAR), (47, -_FAR), (55, 71), (-_FAR, 66)), "larch")
    stand(sketch, _lot((47, -_FAR), (_FAR, -_FAR), (_FAR, 78), (55, 71)), "spruce")
    stand(sketch, _lot((-_FAR, 66), (55, 71), (61, _FAR), (-_FAR, _FAR)), "beech")
    stand(sketch, _lot((55, 71), (_FAR, 78), (_FAR, _FAR), (61, _FAR)), "larch")
    track(sketch, ((-_FAR, 64), (_FAR, 76)), 3.6, 1.0)
    return sketch.plan("spruce", bend=4.0)


def _flooded_meadow() -> Plan:
    """A river in its meadows: those that the winter floods beside those that stay dry."""
    sketch = Sketch(5, _OWN + 1, TILE_METRES)
    field(sketch, _lot((-_FAR, -_FAR), (_FAR, -_FAR), (_FAR, 12), (-_FAR, 30)), "hay")
    wet = _lot((-_FAR, 30), (_FAR, 12), (_FAR, 100), (-_FAR, 116))
    sketch.add("ground", Parcel(sketch.own("flooded meadow"), wet.corners, 0.1, 2.5))
    field(sketch, _lot((-_FAR, 116), (_FAR, 100), (_FAR, _FAR), (-_FAR, _FAR)), "pasture")
    field(sketch, _lot((58, -40), (150, -44), (150, 14), (62, 17)), "pasture")
    river(sketch, meander(sketch, 50.0, 74.0, -0.1, 7.0), 8.0, 0.3)
    hedge(sketch, ((-_FAR, 30), (60, 23)), 3.2, 0.3)
    row(sketch, ((64, 17), (58, -60)), "poplar", 7.5, 3.0, 22.0)
    tree(sketch, "oak", 22, 6, (4.0, 4.6), 13.0)
    return sketch.plan("pasture", bend=3.0)


def _new_building() -> Plan:
    """A field at the edge of a village on which a hall and two houses are built in summer."""
    sketch = Sketch(3, _OWN + 2, TILE_METRES)
    field(sketch, _lot((-_FAR, -_FAR), (_FAR, -_FAR), (_FAR, 60), (-_FAR, 62)), "wheat")
    field(sketch, _lot((-_FAR, 70), (_FAR, 68), (_FAR, _FAR), (-_FAR, _FAR)), "hay")
    road(sketch, ((-_FAR, 66), (_FAR, 64)), 6.2, 1.8)
    sketch.add("rows", Parcel("new yard", ((24, 10), (90, 8), (91, 62), (25, 62)), 0.0, 0.6))
    sketch.add("rows", Parcel("new lawn", ((26, 12), (50, 11), (50, 58), (27, 58)), 0.0, 0.4))
    for x, y, long, wide, turn, eaves in (
        *((71, 33, 32, 20, 1.55, 6.0), (38, 24, 13, 9, 0.03, 3.2)),
        (38, 46, 12, 9, 0.05, 3.2),
    ):
        sketch.add("built", Building("new building", x, y, long, wide, turn, eaves, 0.42))
    hedge(sketch, ((-_FAR, 110), (_FAR, 96)), 3.4, 0.35)
    made = sketch.plan("wheat", bend=2.0)
    # Earlier in the year than on any plot of the styles: the roofs are there for most of it.
    crop = ("crop", ((1, 0.7), (_DUG, 0.7), (_DUG + 6, 0.0), (364, 0.0)))
    roof = replace(SURFACES["new building"], covers=(crop, ("tiles", _once_from(_ROOFED))))
    yard = replace(
        roof,
        kind="gravel yard",
        label=SURFACES["gravel yard"].label,
        covers=(crop, ("gravel", _once_from(_ROOFED))),
    )
    lawn = replace(
        roof,
        kind="lawn",
        label=SURFACES["lawn"].label,
        covers=(crop, ("grass", ((1, 0.0), (_ROOFED, 0.0), (_ROOFED + 40, 0.75), (364, 0.7)))),
    )
    own = {"new building": roof, "new yard": yard, "new lawn": lawn}
    return replace(made, surfaces={**made.surfaces, **own})


def _cloudy_spring() -> Plan:
    """Five crops that only their spring would tell apart, along a farm track."""
    sketch = Sketch(7, _OWN + 3, TILE_METRES)
    field(sketch, _lot((-_FAR, -_FAR), (34, -_FAR), (38, 52), (-_FAR, 48)), "wheat")
    field(sketch, _lot((34, -_FAR), (69, -_FAR), (71, 54), (38, 52)), "rapeseed")
    field(sketch, _lot((69, -_FAR), (_FAR, -_FAR), (_FAR, 60), (71, 54)), "spring barley")
    field(sketch, _lot((-_FAR, 48), (48, 52), (46, _FAR), (-_FAR, _FAR)), "beet")
    field(sketch, _lot((48, 52), (_FAR, 60), (_FAR, _FAR), (46, _FAR)), "meadow")
    track(sketch, ((-_FAR, 40), (_FAR, 62)), 3.4, 1.0)
    row(sketch, ((38, 46), (110, 49)), "fruit tree", 11.0, 2.4, 6.0)
    hedge(sketch, ((47, 58), (46, 130)), 3.0, 0.25)
    return sketch.plan("barley", bend=3.0)


def _vineyard_rows() -> Plan:
    """Plots whose rows run in different directions, an orchard, a plot that lies fallow."""
    sketch = Sketch(9, _OWN + 4, TILE_METRES)
    plots = (
        (((-_FAR, -_FAR), (44, -_FAR), (40, 47), (-_FAR, 40)), 0.15),
        (((47, -_FAR), (_FAR, -_FAR), (_FAR, 20), (44, 22)), 1.2),
        (((44, 25), (_FAR, 23), (_FAR, 62), (42, 51)), 0.45),
        (((-_FAR, 47), (60, 58), (52, _FAR), (-_FAR, _FAR)), 1.5),
    )
    for corners, turn in plots:
        vineyard(sketch, Lot(corners, turn))
    field(sketch, _lot((63, 60), (_FAR, 70), (_FAR, _FAR), (56, _FAR)), "fallow")
    orchard(sketch, Lot(((72, 68), (130, 73), (130, 130), (68, 130)), 0.25))
    track(sketch, ((-_FAR, 38), (_FAR, 70)), 3.2, 1.0)
    track(sketch, ((45.5, -_FAR), (41, 50)), 2.8, 0.0)
    for x, y in ((38.5, 42.0), (47.5, 49.0)):
        tree(sketch, "oak", x, y, (2.4, 3.0), 8.0)
    return sketch.plan("vine row", bend=3.0)


def _snow() -> Plan:
    """Spruces around the pastures of an alp, with a chalet and a stream."""
    sketch = Sketch(13, _OWN + 5, TILE_METRES)
    field(sketch, _lot((-_FAR, -_FAR), (_FAR, -_FAR), (_FAR, _FAR), (-_FAR, _FAR)), "alpine meadow")
    stand(sketch, _lot((-_FAR, -_FAR), (52, -_FAR), (38, 30), (-_FAR, 44)), "spruce", 2.5)
    stand(sketch, _lot((74, 50), (_FAR, 28), (_FAR, _FAR), (62, _FAR)), "spruce", 2.5)
    stand(sketch, _lot((-_FAR, 92), (40, 84), (48, _FAR), (-_FAR, _FAR)), "larch", 2.5)
    river(sketch, meander(sketch, 60.0, 40.0, 1.25, 8.0), 2.6, 0.1)
    track(sketch, ((-_FAR, 66), (_FAR, 20)), 3.0, 1.0)
    house(sketch, 33.0, 66.0, -0.15, "stone roof", 12.0, 8.5, 2)
    for x, y in ((20, 60), (52, 70), (78, 22), (88, 12), (46, 92)):
        tree(sketch, "spruce", x, y, (1.6, 2.2), 9.0)
    return sketch.plan("spruce", bend=4.0)


_DRAWN_BY: dict[str, Callable[[], Plan]] = {
    "maize": lambda: countryside(0),
    "larch": _larch_and_spruce,
    "flood": _flooded_meadow,
    "cloudy spring": _cloudy_spring,
    "new building": _new_building,
    "vineyard": _vineyard_rows,
    "village": lambda: plan("vineyards", 6, TILE_METRES),
    "snow": _snow,
}

DEMO_PLANS = tuple(_DRAWN_BY)
"""Their names, the first scene's first."""


def demo_plan(name: str) -> Plan:
    """The landscape of a demo scene.

    Args:
        name: One of `DEMO_PLANS`.
    """
    return _DRAWN_BY[name]()


def _lot(*corners: tuple[float, float]) -> Lot:
    return Lot(corners, 0.1)


def _once_from(day: int) -> Knots:
    """Nothing before a day of the year, everything soon after it, until the year's end."""
    return ((1, 0.0), (day, 0.0), (day + 8, 1.0), (364, 1.0))
