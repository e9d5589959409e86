"""Scenes one by one: which of them a method gets wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lcapp.classes import ClassTable
from lcapp.evaluate.class_figures import alone_matrices, class_measures, fused_matrices, spread
from lcapp.evaluate.records import SceneRecord
from lcapp.evaluate.series_figures import series_row

By = Literal["oa", "miou", "psnr"]
"""A figure of `SceneRow`; the higher, the better."""


@dataclass(frozen=True)
class SceneRow:
    """One scene by one method; means over its trainings and seeds.

    Attributes:
        method: What it is called.
        steps: Denoising steps; None where there are none.
        scene: Its id.
        oa: Overall accuracy, 0..1; None without labels that count.
        miou: Mean IoU over the evaluated classes that occur in this scene, 0..1; None likewise.
        psnr: Of single samples over the present months, dB; None where the truth is not known.
    """

    method: str
    steps: int | None
    scene: str
    oa: float | None
    miou: float | None
    psnr: float | None


def scene_row(
    method: str, steps: int | None, table: ClassTable, records: Sequence[SceneRecord]
) -> SceneRow:
    """The figures of a scene.

    Args:
        method: Its name.
        steps: None: the maps without a series count.
        table: Classes.
        records: Of the scene, one of each training of the method; at least one.
    """
    labelled = [one for one in records if one.without_series is not None]
    maps = alone_matrices if steps is None else fused_matrices
    found = [matrix for one in labelled for matrix in maps([one])]
    measures = class_measures(np.stack(found), table) if found else {}
    years = [sample for one in records for sample in one.samples]
    return SceneRow(
        method=method,
        steps=steps,
        scene=records[0].scene,
        oa=spread(measures["oa"].tolist()).mean if found else None,
        miou=spread(measures["miou"].tolist()).mean if found else None,
        psnr=series_row(method, "one sample", steps, years).year.psnr if years else None,
    )


def worst(rows: Sequence[SceneRow], by: By, count: int) -> tuple[SceneRow, ...]:
    """Those with the lowest figure, the lowest first; scenes without it are left out."""
    known = [(value, row.scene, row) for row in rows if (value := getattr(row, by)) is not None]
    return tuple(row for _, _, row in sorted(known, key=lambda one: one[:2])[:count])
