"""Class agreement over scenes and runs: the rows of the paper's Tables 2 and 3."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcapp.classes import ClassTable
from lcapp.evaluate.agreement import (
    Agreement,
    Counts,
    by_season,
    evaluated,
    most_frequent,
    one_class_for_all,
)
from lcapp.evaluate.intervals import LEAST_CLUSTERS, half_width
from lcapp.evaluate.records import MapFigures, Matrix, SceneRecord
from lcapp.evaluate.resampling import intervals, redrawn
from lcapp.language import message
from lcapp.record import setting
from lcapp.scene.splits import domain_of


@dataclass(frozen=True)
class Spread:
    """A figure over runs.

    Attributes:
        mean: Over the runs that have it; None where none has.
        std: Standard deviation of a sample (n - 1); None for fewer than two runs.
        half: Half of the 95 % interval of the mean over more runs of the kind, by Student's t; of
            three runs it is 2.5 times `std`. None likewise.
        low: Lower end of the 95 % interval over domains, and over trainings where there are several
            (`intervals`); None with too few domains.
        high: Its upper end.
    """

    mean: float | None
    std: float | None
    half: float | None
    low: float | None = setting(None, later=True)
    high: float | None = setting(None, later=True)


@dataclass(frozen=True)
class ClassRow:
    """One way of making maps, over all scenes.

    Attributes:
        method: What it is called.
        steps: Denoising steps; None where there are none.
        runs: How many were averaged.
        over: What differs between the runs: `models`, `noise seeds`, or `nothing` for one.
        parameters: Of the network, with what only training needs; None where there is none.
        miou: Mean IoU over the evaluated classes that occur, 0..1.
        oa: Overall accuracy, 0..1.
        miou_seasonal: mIoU over the classes that differ in their year.
        miou_others: mIoU over the other evaluated classes.
        miou_with_other: As `miou`, where an evaluated class given to a reference of "other" is a
            false alarm, as in the code of the paper's authors.
        oa_with_other: Over all pixels, those of "other" too.
        miou_near_edges: As `miou`, on pixels within 1 m of an edge between two labels.
        oa_near_edges: As `oa`, likewise.
        iou: Class name to IoU, evaluated classes.
        f1: Class name to F1.
        confusion: K K pixels summed over all runs, rows the reference.
    """

    method: str
    steps: int | None
    runs: int
    over: str
    parameters: int | None
    miou: Spread
    oa: Spread
    miou_seasonal: Spread
    miou_others: Spread
    miou_with_other: Spread
    oa_with_other: Spread
    miou_near_edges: Spread
    oa_near_edges: Spread
    iou: tuple[tuple[str, Spread], ...]
    f1: tuple[tuple[str, Spread], ...]
    confusion: Matrix


MEASURES = (
    "miou",
    "oa",
    "miou_seasonal",
    "miou_others",
    "miou_with_other",
    "oa_with_other",
    "miou_near_edges",
    "oa_near_edges",
)
"""Figures of a row that are one number."""


WITHOUT_SERIES = ", series set to 0"
"""Behind the name of a method: the same network with its series' answer set to 0, no rival."""

MAJORITY = "majority class"


def spread(values: Sequence[float]) -> Spread:
    """Mean and standard deviation of the values that are numbers."""
    known = [value for value in values if math.isfinite(value)]
    return Spread(
        float(np.mean(known)) if known else None,
        float(np.std(known, ddof=1)) if len(known) > 1 else None,
        half_width(np.array(known)),
    )


def fused_row(
    method: str,
    by_model: Sequence[Sequence[SceneRecord]],
    table: ClassTable,
    *,
    steps: int,
    parameters: int,
) -> ClassRow:
    """A method with its series.

    One model is averaged over its noise seeds. Of several, which are independent trainings, each
    is averaged over its seeds first, and the spread is that of the models, as in the paper.

    Args:
        method: Its name.
        by_model: The labelled scenes of each of its models; the same scenes and seeds for all.
        table: Classes.
        steps: Denoising steps.
        parameters: Of the network.
    """
    matrices = [fused_matrices(records) for records in by_model]  # models x seeds
    ends = _intervals(by_model, fused_matrices, table)
    return _row(method, matrices, table, steps, parameters, ends)


def aerial_row(
    method: str,
    by_model: Sequence[Sequence[SceneRecord]],
    table: ClassTable,
    *,
    parameters: int,
) -> ClassRow:
    """A method that reads no series, or the networks of one that does without theirs.

    Args:
        method: Its name.
        by_model: As in `fused_row`.
        table: Classes.
        parameters: Of the HR branch.
    """
    matrices = [alone_matrices(records) for records in by_model]
    ends = _intervals(by_model, alone_matrices, table)
    return _row(method, matrices, table, None, parameters, ends)


def majority_row(records: Sequence[SceneRecord], table: ClassTable) -> ClassRow:
    """The map of one class: the most frequent of the references, so the best of such maps."""
    (found,) = alone_matrices(records)
    index = most_frequent(found[0], evaluated(table))

    def constant(of: Sequence[SceneRecord]) -> list[Counts]:
        return [one_class_for_all(one, index) for one in alone_matrices(of)]

    ends = _intervals([records], constant, table)
    return _row(MAJORITY, [constant(records)], table, None, None, ends)


def fused_matrices(records: Sequence[SceneRecord]) -> list[Counts]:
    """For each seed 2 K K over the scenes: all pixels, then those near edges."""
    seeds = [seed for seed, _ in records[0].fused]
    return [_sum([dict(one.fused)[seed] for one in records]) for seed in seeds]


def alone_matrices(records: Sequence[SceneRecord]) -> list[Counts]:
    """The same without the series, which no seed reaches: one."""
    return [_sum([one.without_series for one in records if one.without_series is not None])]


def class_measures(matrices: Counts, table: ClassTable) -> dict[str, NDArray[np.float64]]:
    """`MEASURES` of a map.

    Args:
        matrices: ... 2 K K, of all pixels and of those near edges.
        table: Classes.

    Returns:
        Name to ..., 0..1; NaN where there is none.
    """
    ids, (seasonal, others) = evaluated(table), by_season(table)
    found = Agreement(matrices[..., 0, :, :], ids)
    kept = Agreement(matrices[..., 0, :, :], ids, keeps_other=True)
    edges = Agreement(matrices[..., 1, :, :], ids)
    values = (
        found.miou(),
        found.oa,
        found.miou(seasonal),
        found.miou(others),
        kept.miou(),
        kept.oa,
        edges.miou(),
        edges.oa,
    )
    return dict(zip(MEASURES, values, strict=True))


def _row(
    method: str,
    matrices: Sequence[Sequence[Counts]],  # models x seeds
    table: ClassTable,
    steps: int | None,
    parameters: int | None,
    ends: Sequence[tuple[float, float] | None] = (),
) -> ClassRow:
    names = [table.names[index] for index in evaluated(table)]
    per_run = [all_figures(np.stack(model), table) for model in matrices]  # seeds last
    if len(per_run) > 1:
        runs, over = np.stack([_mean(seeds) for seeds in per_run], axis=-1), message("models")
    else:
        (runs,) = per_run
        over = message("noise seeds") if runs.shape[-1] > 1 else "nothing"
    spreads = [spread(values.tolist()) for values in runs]
    spreads = [
        one if end is None else replace(one, low=end[0], high=end[1])
        for one, end in zip(spreads, ends or [None] * len(spreads), strict=True)
    ]
    count = len(MEASURES)
    total = np.sum([one[0] for model in matrices for one in model], axis=0)
    return ClassRow(
        method=method,
        steps=steps,
        runs=runs.shape[-1],
        over=over,
        parameters=parameters,
        **dict(zip(MEASURES, spreads[:count], strict=True)),
        iou=tuple(zip(names, spreads[count : count + len(names)], strict=True)),
        f1=tuple(zip(names, spreads[count + len(names) :], strict=True)),
        confusion=tuple(map(tuple, total.tolist())),
    )


def all_figures(matrices: NDArray[Any], table: ClassTable) -> NDArray[np.float64]:
    """Measures, IoU and F1 of each evaluated class, one below the other.

    Args:
        matrices: ... 2 K K.
        table: Classes.

    Returns:
        F ..., 0..1; NaN where there is none.
    """
    ids = list(evaluated(table))
    found = Agreement(matrices[..., 0, :, :], evaluated(table))
    measures = np.stack(list(class_measures(matrices, table).values()))
    by_class = [np.moveaxis(one[..., ids], -1, 0) for one in (found.iou, found.f1)]
    return np.concatenate([measures, *by_class])


def _intervals(
    by_model: Sequence[Sequence[SceneRecord]],
    matrices: Callable[[Sequence[SceneRecord]], list[Counts]],
    table: ClassTable,
) -> list[tuple[float, float] | None]:
    """Of each of `all_figures`, over domains and trainings, each a mean over its seeds.

    Within 0..1: Student's t of two trainings reaches far beyond what a share can be.
    """
    scenes = [one.scene for one in by_model[0]]
    if len({domain_of(scene) for scene in scenes}) < LEAST_CLUSTERS:
        return []
    parts = [{one.scene: np.stack(matrices([one])) for one in model} for model in by_model]
    found = redrawn(parts, scenes, lambda total: _mean(all_figures(total, table)))
    return [
        None if one is None else (max(one[0], 0.0), min(one[1], 1.0)) for one in intervals(found)
    ]


def _mean(runs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the last axis, of those that have a value; NaN where none has."""
    known = np.isfinite(runs)
    count = known.sum(-1)
    total = np.where(known, runs, 0).sum(-1)
    mean: NDArray[np.float64] = np.divide(
        total, count, out=np.full(np.shape(count), math.nan), where=count > 0
    )
    return mean


def _sum(found: Sequence[MapFigures]) -> Counts:
    """2 K K."""
    total: Counts = np.sum([(one.whole, one.near_edges) for one in found], axis=0, dtype=np.int64)
    return total
