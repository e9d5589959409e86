"""What a bundle says of itself about scenes that its training never saw. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lcapp.errors import BundleError
from lcapp.record import from_json, to_json

KEY = "held_out"
"""Where it stands among a bundle's figures."""


@dataclass(frozen=True)
class HeldOut:
    """Figures of one evaluation.

    Attributes:
        collection: Name of the collection.
        simulated: Its scenes are simulated.
        scenes: How many there were.
        domains: From how many domains.
        sampler: Of the predictions.
        steps: Denoising steps; None for a network that reads no series.
        miou: Mean IoU over the evaluated classes that occur, 0..1.
        oa: Overall accuracy, 0..1.
        miou_seasonal: Mean IoU over the classes that differ in their year.
        miou_others: Mean IoU over the other evaluated classes.
    """

    collection: str
    simulated: bool
    scenes: int
    domains: int
    sampler: str
    steps: int | None
    miou: float
    oa: float
    miou_seasonal: float | None
    miou_others: float | None

    def as_figures(self) -> dict[str, Any]:
        """As it stands among a bundle's figures."""
        return {KEY: to_json(self)}


def held_out(figures: Mapping[str, Any]) -> HeldOut | None:
    """What a model's figures say; None where they say nothing that can be read."""
    if KEY not in figures:
        return None
    try:
        return from_json(HeldOut, figures[KEY], KEY)
    except BundleError:
        return None
