"""How far one method is ahead of another on the same scenes, with 95 % intervals over domains."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.evaluate.class_figures import MEASURES, alone_matrices, class_measures, fused_matrices
from lcapp.evaluate.intervals import (
    Difference,
    cluster_draws,
    expanded_percentiles,
    half_width,
)
from lcapp.evaluate.records import SceneRecord, SeriesFigures
from lcapp.evaluate.series_figures import TRUTH
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.pipeline.evaluation.rivals import RIVALS
from lcapp.pipeline.evaluation.rows import Through, of_scenes
from lcapp.scene.splits import domain_of

Parts = Sequence[Mapping[str, NDArray[Any]]]
"""Model, then scene, to counts or sums; added up over scenes, they are what figures are made of."""


def class_differences(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[Difference, ...]:
    """The first line of the table of classes less each other, for each of `MEASURES`."""
    lines: list[tuple[str, Parts]] = []
    table = models[0].card.table
    for method in methods:
        own = [one for one in models if one.method == method.name]
        optional = own[0].card.denoises
        for steps in settings.steps if optional else ():
            found = [of_scenes(one.records[steps], scenes, labelled=True) for one in own]
            maps = [
                {one.scene: np.stack(fused_matrices([one])) for one in model} for model in found
            ]
            lines.append((f"{method.name} ({steps} steps)", maps))
        found = [of_scenes(one.records[settings.steps[0]], scenes, labelled=True) for one in own]
        maps = [{one.scene: np.stack(alone_matrices([one])) for one in model} for model in found]
        lines.append((f"{method.name}, aerial only" if optional else method.name, maps))

    def figures(total: NDArray[Any]) -> NDArray[np.float64]:
        """Of ... seeds 2 K K, measures first."""
        measures = np.stack(list(class_measures(total, table).values()))
        mean: NDArray[np.float64] = measures.mean(axis=-1)
        return mean

    return tuple(
        one for less in lines[1:] for one in _differences(lines[0], less, MEASURES, figures)
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
    first: dict[str, tuple[str, Parts]] = {}
    for method in methods:
        own = [one for one in models if one.method == method.name]
        if not settings.samples or not own[0].card.value_ranges:
            continue
        rivals: dict[str, tuple[str, Parts]] = {}
        made: dict[str, tuple[str, Parts]] = {}
        for steps in settings.steps:
            parts: dict[str, list[dict[str, NDArray[Any]]]] = {}
            for place, model in enumerate(own):
                for one in of_scenes(model.records[steps], scenes):
                    for image, years in _years(one, settings.samples):
                        of_model = parts.setdefault(image, [{} for _ in own])
                        of_model[place][one.scene] = _sums(years)
            for image, line in parts.items():
                if image == TRUTH:
                    continue
                if image in RIVALS:  # the same with any number of steps
                    rivals.setdefault(image, (f"{method.name}, {image}", line))
                else:
                    told = f"{image} ({steps} steps)"
                    made[told] = (f"{method.name}, {told}", line)
        pairs = [*product(made.values(), rivals.values())]
        pairs += [(first[image], line) for image, line in made.items() if image in first]
        first = first or made
        for of, less in pairs:
            found += _differences(of, less, ("psnr", "changed"), _psnr)
    return tuple(found)


def _years(one: SceneRecord, samples: int) -> Iterator[tuple[str, Sequence[SeriesFigures]]]:
    """Each kind of year of a scene, by the name of its row."""
    yield from ((name, [year]) for name, year in one.rivals)
    yield "one sample", one.samples
    if one.mean is not None:
        yield f"mean of {samples} samples", [one.mean]


def _sums(years: Sequence[SeriesFigures]) -> NDArray[np.float64]:
    """2 2: PSNR on all and on changed pixels, each its sum over images and how many have one."""
    months = [month for year in years for month in year.months]
    whole = [one.truth.likeness.psnr for one in months if one.truth is not None]
    details = [one.detail.changed for one in months if one.detail is not None]
    changed = [one for one in details if one is not None]
    return np.array([[sum(known), len(known)] for known in (whole, changed)], np.float64)


def _psnr(total: NDArray[Any]) -> NDArray[np.float64]:
    """Of ... 2 2 as in `_sums`, figures first."""
    above, below = np.moveaxis(total, (-1, -2), (0, 1))
    mean: NDArray[np.float64] = np.divide(
        above, below, out=np.full(np.shape(below), np.nan), where=below > 0
    )
    return mean


def _differences(
    of: tuple[str, Parts],
    less: tuple[str, Parts],
    names: Sequence[str],
    figures: Callable[[NDArray[Any]], NDArray[np.float64]],
) -> Iterator[Difference]:
    """Those that both lines have.

    Args:
        of: Name and parts of a line.
        less: The same of the other.
        names: Of F figures.
        figures: Parts ... X added up over scenes to F ...
    """
    common = set.intersection(*(set(model) for model in (*of[1], *less[1])))
    if not common:
        return
    names_of_domains = sorted({domain_of(scene) for scene in common})
    draws = cluster_draws(len(names_of_domains)).astype(np.float64)

    def by_domain(parts: Parts) -> NDArray[np.float64]:
        """D models X."""
        return np.array(
            [
                [sum(m[scene] for scene in common if domain_of(scene) == one) for m in parts]
                for one in names_of_domains
            ],
            np.float64,
        )

    one, other = by_domain(of[1]), by_domain(less[1])
    own, others = figures(one.sum(axis=0)), figures(other.sum(axis=0))  # F models
    drawn = [figures(np.tensordot(draws, part, axes=1)).mean(axis=-1) for part in (one, other)]
    for place, name in enumerate(names):
        mean = own[place].mean() - others[place].mean()
        if not np.isfinite(mean):
            continue
        ends = expanded_percentiles(drawn[0][place] - drawn[1][place], len(names_of_domains))
        alike = own.shape == others.shape
        yield Difference(
            figure=name,
            of=of[0],
            less=less[0],
            mean=float(mean),
            low=None if ends is None else ends[0],
            high=None if ends is None else ends[1],
            domains=len(names_of_domains),
            scenes=len(common),
            trainings=half_width(own[place] - others[place]) if alike else None,
        )
