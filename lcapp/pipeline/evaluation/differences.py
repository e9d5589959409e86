"""How far one method is ahead of another on the same scenes, with 95 % intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.evaluate.class_figures import (
    MEASURES,
    WITHOUT_SERIES,
    alone_matrices,
    class_measures,
    fused_matrices,
)
from lcapp.evaluate.intervals import (
    Difference,
    expanded_percentiles,
    half_width,
    nested_interval,
)
from lcapp.evaluate.resampling import Figures, Parts, Redrawn, redrawn
from lcapp.evaluate.series_figures import TRUTH
from lcapp.evaluate.series_intervals import psnr, sums, years_of
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.pipeline.evaluation.rivals import RIVALS
from lcapp.pipeline.evaluation.rows import Through, of_scenes


@dataclass(frozen=True, eq=False)
class _Line:
    """A line of a table: its name, its method, whose trainings it has, and what it is made of."""

    name: str
    method: str
    parts: Parts


def class_differences(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[Difference, ...]:
    """The first line of the table of classes less each other, for each of `MEASURES`."""
    lines: list[_Line] = []
    table = models[0].card.table
    for method in methods:
        own = [one for one in models if one.method == method.name]
        optional = own[0].card.denoises
        for steps in settings.steps if optional else ():
            found = [of_scenes(one.records[steps], scenes, labelled=True) for one in own]
            maps = [
                {one.scene: np.stack(fused_matrices([one])) for one in model} for model in found
            ]
            lines.append(_Line(f"{method.name} ({steps} steps)", method.name, maps))
        found = [of_scenes(one.records[settings.steps[0]], scenes, labelled=True) for one in own]
        maps = [{one.scene: np.stack(alone_matrices([one])) for one in model} for model in found]
        name = f"{method.name}{WITHOUT_SERIES}" if optional else method.name
        lines.append(_Line(name, method.name, maps))

    def figures(total: NDArray[Any]) -> NDArray[np.float64]:
        """Of ... seeds 2 K K, measures first."""
        measures = np.stack(list(class_measures(total, table).values()))
        mean: NDArray[np.float64] = measures.mean(axis=-1)
        return mean

    redraws = _Redraws(figures)
    return tuple(
        one for less in lines[1:] for one in _differences(lines[0], less, MEASURES, redraws)
    )


def series_differences(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[Difference, ...]:
    """PSNR of samples less that of rivals: all pixels, and those that changed since the flight.

    Then that of the first method's samples less that of the same of each other method.
    """
    found: list[Difference] = []
    first: dict[str, _Line] = {}
    redraws = _Redraws(psnr)
    for method in methods:
        own = [one for one in models if one.method == method.name]
        if not settings.samples or not own[0].card.value_ranges:
            continue
        rivals: dict[str, _Line] = {}
        made: dict[str, _Line] = {}
        for steps in settings.steps:
            parts: dict[str, list[dict[str, NDArray[Any]]]] = {}
            for place, model in enumerate(own):
                for one in of_scenes(model.records[steps], scenes):
                    for image, years in years_of(one, settings.samples):
                        of_model = parts.setdefault(image, [{} for _ in own])
                        of_model[place][one.scene] = sums(years)
            for image, line in parts.items():
                if image == TRUTH:
                    continue
                if image in RIVALS:  # the same with any number of steps
                    told = f"{method.name}, {image}"
                    rivals.setdefault(image, _Line(told, method.name, line))
                else:
                    told = f"{image} ({steps} steps)"
                    made[told] = _Line(f"{method.name}, {told}", method.name, line)
        pairs = [*product(made.values(), rivals.values())]
        pairs += [(first[image], line) for image, line in made.items() if image in first]
        first = first or made
        for of, less in pairs:
            found += _differences(of, less, ("psnr", "changed"), redraws)
    return tuple(found)


class _Redraws:
    """Each line once on each set of scenes, however many it is compared with."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._made: dict[tuple[_Line, tuple[str, ...], bool], Redrawn] = {}

    def of(self, line: _Line, scenes: tuple[str, ...], by_scene: bool) -> Redrawn:
        """As `resampling.redrawn`."""
        key = line, scenes, by_scene
        if key not in self._made:
            self._made[key] = redrawn(line.parts, scenes, self._figures, by_scene=by_scene)
        return self._made[key]


def _differences(
    of: _Line, less: _Line, names: Sequence[str], redraws: _Redraws
) -> Iterator[Difference]:
    """Those that both lines have, of the figures of these names."""
    common = tuple(sorted(set.intersection(*(set(model) for model in (*of.parts, *less.parts)))))
    if not common:
        return
    one, other = (redraws.of(line, common, False) for line in (of, less))
    single, others = (redraws.of(line, common, True) for line in (of, less))
    for place, name in enumerate(names):
        own, rival = one.own[place], other.own[place]  # M each
        mean = own.mean() - rival.mean()
        if not np.isfinite(mean):
            continue
        drawn = one.drawn[place], other.drawn[place]  # R M each
        by_scene = single.drawn[place].mean(axis=-1) - others.drawn[place].mean(axis=-1)
        ends = _ends(expanded_percentiles(drawn[0].mean(-1) - drawn[1].mean(-1), one.units))
        scenes = _ends(expanded_percentiles(by_scene, single.units))
        apart = [(own, drawn[0]), (rival, drawn[1])]
        paired = [(own - rival, drawn[0] - drawn[1])] if of.method == less.method else apart
        nested = _ends(nested_interval(paired, one.units))
        yield Difference(
            figure=name,
            of=of.name,
            less=less.name,
            mean=float(mean),
            low=ends[0],
            high=ends[1],
            domains=one.units,
            scenes=len(common),
            trainings=half_width(own - rival) if own.shape == rival.shape else None,
            scenes_low=scenes[0],
            scenes_high=scenes[1],
            nested_low=nested[0],
            nested_high=nested[1],
        )


def _ends(found: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return (None, None) if found is None else found
