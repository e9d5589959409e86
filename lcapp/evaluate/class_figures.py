"""Class agreement over scenes and runs: the rows of the paper's Tables 2 and 3."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.classes import ClassTable
from lcapp.evaluate.agreement import Agreement, Counts, by_season, evaluated, one_class_for_all
from lcapp.evaluate.records import Matrix, SceneRecord


@dataclass(frozen=True)
class Spread:
    """A figure over runs.

    Attributes:
        mean: Over the runs that have it; None where none has.
        std: Standard deviation of a sample (n - 1); None for fewer than two runs.
    """

    mean: float | None
    std: float | None


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
    iou: tuple[tuple[str, Spread], ...]
    f1: tuple[tuple[str, Spread], ...]
    confusion: Matrix


@dataclass(frozen=True)
class Figures:
    """What one confusion matrix, or the mean over several, comes to; NaN where there is none."""

    miou: float
    oa: float
    miou_seasonal: float
    miou_others: float
    iou: tuple[float, ...]
    f1: tuple[float, ...]


def spread(values: Sequence[float]) -> Spread:
    """Mean and standard deviation of the values that are numbers."""
    known = [value for value in values if math.isfinite(value)]
    return Spread(
        float(np.mean(known)) if known else None,
        float(np.std(known, ddof=1)) if len(known) > 1 else None,
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
    matrices = [_by_seed(records) for records in by_model]  # models x seeds
    return _row(method, matrices, table, steps, parameters)


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
    matrices = [[_sum([one.without_series for one in records])] for records in by_model]
    return _row(method, matrices, table, None, parameters)


def majority_row(records: Sequence[SceneRecord], table: ClassTable) -> ClassRow:
    """The map of one class: the most frequent of the references, so the best of such maps."""
    matrix = one_class_for_all(_sum([one.without_series for one in records]), evaluated(table))
    return _row("majority class", [[matrix]], table, None, None)


def _row(
    method: str,
    matrices: Sequence[Sequence[Counts]],  # models x seeds
    table: ClassTable,
    steps: int | None,
    parameters: int | None,
) -> ClassRow:
    per_seed = [[_figures(matrix, table) for matrix in model] for model in matrices]
    if len(per_seed) > 1:
        runs, over = [_mean(seeds) for seeds in per_seed], "models"
    else:
        runs, over = per_seed[0], "noise seeds" if len(per_seed[0]) > 1 else "nothing"
    names = [table.names[index] for index in evaluated(table)]
    return ClassRow(
        method=method,
        steps=steps,
        runs=len(runs),
        over=over,
        parameters=parameters,
        miou=spread([run.miou for run in runs]),
        oa=spread([run.oa for run in runs]),
        miou_seasonal=spread([run.miou_seasonal for run in runs]),
        miou_others=spread([run.miou_others for run in runs]),
        iou=tuple((name, spread([run.iou[i] for run in runs])) for i, name in enumerate(names)),
        f1=tuple((name, spread([run.f1[i] for run in runs])) for i, name in enumerate(names)),
        confusion=_plain(np.sum([matrix for model in matrices for matrix in model], axis=0)),
    )


def _figures(matrix: Counts, table: ClassTable) -> Figures:
    ids = evaluated(table)
    found = Agreement(matrix, ids)
    seasonal, others = by_season(table)
    return Figures(
        miou=found.miou(),
        oa=found.oa,
        miou_seasonal=found.miou(seasonal),
        miou_others=found.miou(others),
        iou=tuple(found.iou[list(ids)].tolist()),
        f1=tuple(found.f1[list(ids)].tolist()),
    )


def _mean(runs: Sequence[Figures]) -> Figures:
    def over(values: Sequence[float]) -> float:
        mean = spread(values).mean
        return math.nan if mean is None else mean

    return Figures(
        miou=over([run.miou for run in runs]),
        oa=over([run.oa for run in runs]),
        miou_seasonal=over([run.miou_seasonal for run in runs]),
        miou_others=over([run.miou_others for run in runs]),
        iou=tuple(over(values) for values in zip(*(run.iou for run in runs), strict=True)),
        f1=tuple(over(values) for values in zip(*(run.f1 for run in runs), strict=True)),
    )


def _by_seed(records: Sequence[SceneRecord]) -> list[Counts]:
    """Each seed's matrix over all scenes."""
    seeds = [seed for seed, _ in records[0].fused]
    return [_sum([dict(one.fused)[seed] for one in records]) for seed in seeds]


def _sum(matrices: Sequence[Matrix]) -> Counts:
    total: Counts = np.sum([np.array(matrix, dtype=np.int64) for matrix in matrices], axis=0)
    return total


def _plain(matrix: Counts) -> Matrix:
    return tuple(tuple(row) for row in matrix.tolist())
