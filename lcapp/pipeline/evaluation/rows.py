"""Records of all scenes and networks become the rows of the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcapp.evaluate.class_figures import ClassRow, aerial_row, fused_row, majority_row
from lcapp.evaluate.records import SceneRecord
from lcapp.evaluate.series_figures import SeriesRow, series_row
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.types import Card


@dataclass(frozen=True, eq=False)
class Through:
    """One network's share of an evaluation.

    Attributes:
        method: Its method's name.
        card: What it is.
        parameters: Of the whole network, and of what maps without a series.
        records: Steps to scene to figures; without options the first number of steps alone.
    """

    method: str
    card: Card
    parameters: tuple[int, int]
    records: Mapping[int, Mapping[str, SceneRecord]]


def all_class_rows(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[ClassRow, ...]:
    """Each method with each number of steps and without its series, then the majority class.

    A method without options has one row.

    Returns:
        The rows; none where no scene has labels.
    """
    rows: list[ClassRow] = []
    table = models[0].card.table
    labelled = _of(models[0].records[settings.steps[0]], scenes, labelled=True)
    if not labelled:
        return ()
    for method in methods:
        own = [one for one in models if one.method == method.name]
        whole, branch = own[0].parameters
        alone = method.name
        if own[0].card.options:
            alone += ", series set to 0"
            for steps in settings.steps:
                found = [_of(one.records[steps], scenes, labelled=True) for one in own]
                rows.append(fused_row(method.name, found, table, steps=steps, parameters=whole))
        # The same for all numbers of steps.
        first = [_of(one.records[settings.steps[0]], scenes, labelled=True) for one in own]
        rows.append(aerial_row(alone, first, table, parameters=branch))
    return (*rows, majority_row(labelled, table))


def all_series_rows(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[SeriesRow, ...]:
    """Each method's bicubic years, its single samples and their mean, for each number of steps.

    A method that super-resolves no series has none.

    Returns:
        The rows; none where no samples were asked for.
    """
    if not settings.samples:
        return ()
    rows: list[SeriesRow] = []
    for method in methods:
        own = [one for one in models if one.method == method.name]
        if not own[0].card.value_ranges:
            continue
        for place, steps in enumerate(settings.steps):
            found = [one for model in own for one in _of(model.records[steps], scenes)]
            single = [sample for one in found for sample in one.samples]
            mean = [one.mean for one in found if one.mean is not None]
            if place == 0:  # no step changes x_u
                plain = [one.bicubic for one in found if one.bicubic is not None]
                rival = [one.back_projected for one in found if one.back_projected is not None]
                rows.append(series_row(method.name, "bicubic", None, plain))
                rows.append(series_row(method.name, "bicubic, back-projected", None, rival))
            rows.append(series_row(method.name, "one sample", steps, single))
            if mean:
                several = f"mean of {settings.samples} samples"
                rows.append(series_row(method.name, several, steps, mean))
    return tuple(rows)


def _of(
    records: Mapping[str, SceneRecord], scenes: Sequence[str], *, labelled: bool = False
) -> list[SceneRecord]:
    found = [records[scene] for scene in scenes if scene in records]
    return [one for one in found if one.without_series] if labelled else found
