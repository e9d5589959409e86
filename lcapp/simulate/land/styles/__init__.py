"""Landscapes in five styles, each drawn anew for every seed.

A style (`open_fields`, `bocage`, `vineyards`, `mountain`, `suburb`) cuts the land into `lots`, lays
`ways` along the first cuts, gives each lot a use (`fields`, `woods`, `houses`, `villages`,
`town`, `waters`) and puts the shapes into a `Sketch`, from which the plan comes.
"""

from collections.abc import Callable

from lcapp.simulate.domain import STYLES
from lcapp.simulate.land.landscape import Plan
from lcapp.simulate.land.sketch.sketch import SURROUNDINGS, Sketch
from lcapp.simulate.land.styles.bocage import bocage
from lcapp.simulate.land.styles.mountain import mountain_forest
from lcapp.simulate.land.styles.open_fields import open_fields
from lcapp.simulate.land.styles.suburb import suburb
from lcapp.simulate.land.styles.vineyards import vineyards

__all__ = ["STYLES", "SURROUNDINGS", "plan"]

_DRAWN_BY: dict[str, Callable[[Sketch], Plan]] = {
    "open fields": open_fields,
    "bocage": bocage,
    "vineyards": vineyards,
    "mountain forest": mountain_forest,
    "suburb": suburb,
}


def plan(style: str, seed: int, extent: float = 204.8) -> Plan:
    """Invent a landscape.

    Args:
        style: One of `STYLES`.
        seed: Another seed is another place; 0 or more.
        extent: Metres along a side of what the aerial image shows: it lies at 0..extent, and the
            land goes on for `SURROUNDINGS` metres around it.

    Raises:
        ValueError: There is no such style.
    """
    if style not in _DRAWN_BY:
        raise ValueError(f"expected a style among {', '.join(STYLES)}, got {style!r}")
    return _DRAWN_BY[style](Sketch(seed, STYLES.index(style), extent))
