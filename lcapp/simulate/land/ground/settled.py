"""Surfaces at home in a domain: its soil, its spring, its drought, and fields as labelled there."""

from collections.abc import Sequence
from dataclasses import replace

from lcapp.simulate.domain import Domain
from lcapp.simulate.land.ground.spectra import PLANTS
from lcapp.simulate.land.ground.surface import AGRICULTURAL, BARE_BELOW, PLOWED, Surface
from lcapp.simulate.land.ground.surfaces import SURFACES

_PLOWED_UNTIL = (
    (152, "plowed in april"),
    (184, "plowed in june"),
    (237, "plowed"),
    (367, "plowed in autumn"),
)
"""First day of the year on which the kind is no longer sure to be bare."""


def settled(surfaces: Sequence[Surface], domain: Domain) -> tuple[Surface, ...]:
    """Move a plan's surfaces to a domain.

    Fields are labelled as someone would who has only the aerial image before them: plowed land
    where hardly a plant is seen on the day of the flight, agricultural land otherwise. The kind
    `plowed` takes the calendar that is bare on that day.

    Args:
        surfaces: As the plan has them, for central France.
        domain: Where and when they are.

    Returns:
        As many, in the same order.
    """
    return tuple(_settled(one, domain) for one in surfaces)


def _settled(surface: Surface, domain: Domain) -> Surface:
    ground = domain.soil if surface.ground == "soil" else surface.ground
    at_home = replace(surface, ground=ground, drought=domain.climate.drought)
    if surface.kind == "plowed":
        kind = next(name for end, name in _PLOWED_UNTIL if domain.flight_day < end)
        # A small shift keeps the day of the flight in the bare season.
        shift = max(-3, min(3, surface.shift))
        at_home = replace(at_home, covers=SURFACES[kind].covers, shift=shift)
    elif any(material in PLANTS for material, _ in surface.covers):
        at_home = replace(at_home, shift=surface.shift + domain.phenology)
    if at_home.is_field:
        bare = at_home.cover(domain.flight_day) < BARE_BELOW
        at_home = replace(at_home, label=PLOWED if bare else AGRICULTURAL)
    return at_home
