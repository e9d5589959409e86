"""One of two runs that are compared: which of its maps and which of its months is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lcapp.diffusion.config import SAMPLERS
from lcapp.language import message, tr, trn
from lcapp.types import Card, LandCover, Prediction, Run
from lcapp.views.legend import map_title

WITHOUT_SERIES = "without_series"
"""Beside the names of the maps: the first map with the answer of the series set to 0."""


@dataclass(frozen=True, eq=False)
class Side:
    """A run as it is compared.

    Attributes:
        letter: `A` or `B`.
        prediction: Its result.
        map: One of `maps_of`.
        month: 1..12, of its super-resolved series.
        parameters: Of its network; None where they are not counted.
    """

    letter: str
    prediction: Prediction
    map: str
    month: int
    parameters: int | None = None

    @property
    def cover(self) -> LandCover:
        """The map."""
        told = self.prediction.explanation
        if self.map == WITHOUT_SERIES and told is not None:
            return told.without_series
        return self.prediction.maps[self.map]

    @property
    def settings(self) -> dict[str, Any]:
        """What the run was asked for, by the name of the option."""
        record = self.prediction.record
        return {name: getattr(record.run, name) for name in record.model.options}


def settings_told(card: Card, run: Run, shown: str | None = None) -> str:
    """A run and its map in a line; settings that a run has anyway are left out.

    Args:
        card: Of the model.
        run: As it was asked for.
        shown: The map, where it is not the first.
    """
    parts = [card.name]
    if "sampler" in card.options:
        steps = run.steps if SAMPLERS[run.sampler].asks else 0
        parts.append(run.sampler)
        parts += [trn("{n} step", "{n} steps", steps)] if steps else []
    for name, text in _SAID.items():
        value = getattr(run, name)
        if name in card.options and (name == "seed" or value != getattr(Run, name)):
            parts.append(tr(text, value=value))
    return " · ".join(parts if shown is None else [*parts, map_told(shown)])


_SAID = {
    "seed": message("seed {value}"),
    "guide": message("say of the aerial image {value:g}"),
    "noise": message("noise {value:g}"),
}


def maps_of(prediction: Prediction) -> tuple[str, ...]:
    """The maps of a result, its own first."""
    told = prediction.explanation
    alone = (WITHOUT_SERIES,) if told is not None and told.temporal_weights else ()
    return (*prediction.maps, *alone)


def map_told(name: str) -> str:
    """What a map is called."""
    if name == WITHOUT_SERIES:
        return tr("Land cover without the series (never trained so)")
    return map_title(name)


def titles(sides: Sequence[Side]) -> tuple[str, ...]:
    """A title each, of what they do not share: models, else settings and maps."""
    models = {one.prediction.record.model.name for one in sides}
    found = []
    for one in sides:
        parts = [one.prediction.record.model.name] if len(models) > 1 or len(sides) == 1 else []
        parts += [
            tr(_SAID[name], value=value) if name in _SAID else f"{value}"
            for name, value in one.settings.items()
            if not parts and any(value != other.settings.get(name) for other in sides)
        ]
        if len({other.map for other in sides}) > 1:
            parts.append(
                tr("without the series") if one.map == WITHOUT_SERIES else map_told(one.map)
            )
        found.append(f"{one.letter}: {', '.join(parts)}" if parts else one.letter)
    return tuple(found)
