"""Records of all scenes and networks become the rows of the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lcapp.evaluate.class_figures import (
    WITHOUT_SERIES,
    ClassRow,
    aerial_row,
    fused_row,
    majority_row,
)
from lcapp.evaluate.records import SceneRecord, SeriesFigures
from lcapp.evaluate.scene_figures import SceneRow, scene_row
from lcapp.evaluate.series_figures import SeriesRow, SpreadRow, series_row, spread_row
from lcapp.evaluate.series_intervals import ONE_SAMPLE, mean_of, psnr_interval, years_of
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
    labelled = of_scenes(models[0].records[settings.steps[0]], scenes, labelled=True)
    if not labelled:
        return ()
    for method in methods:
        own = [one for one in models if one.method == method.name]
        whole, branch = own[0].parameters
        alone = method.name
        if own[0].card.denoises:
            alone += WITHOUT_SERIES
            for steps in settings.steps:
                found = [of_scenes(one.records[steps], scenes, labelled=True) for one in own]
                rows.append(fused_row(method.name, found, table, steps=steps, parameters=whole))
        # The same for all numbers of steps.
        first = [of_scenes(one.records[settings.steps[0]], scenes, labelled=True) for one in own]
        rows.append(aerial_row(alone, first, table, parameters=branch))
    return (*rows, majority_row(labelled, table))


def all_series_rows(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[SeriesRow, ...]:
    """Each method's rivals, its single samples and their mean, for each number of steps.

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
            by_model = [of_scenes(model.records[steps], scenes) for model in own]
            years: dict[str, list[SeriesFigures]] = {}
            for one in (record for records in by_model for record in records):
                for image, found in years_of(one, settings.samples):
                    years.setdefault(image, []).extend(found)
            made = (ONE_SAMPLE, mean_of(settings.samples))
            others = [image for image in years if image not in made] if place == 0 else []
            for image in (*others, *(image for image in made if image in years)):
                row = series_row(
                    method.name, image, steps if image in made else None, years[image]
                )  # no step changes the others
                ends = psnr_interval(image, by_model, settings.samples)
                if ends is not None:
                    row = replace(row, psnr_low=ends[0], psnr_high=ends[1])
                rows.append(row)
    return tuple(rows)


def all_spread_rows(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[SpreadRow, ...]:
    """The samples of each method around the truth, for each number of steps.

    Returns:
        The rows; none of fewer than two samples or without a truth.
    """
    rows: list[SpreadRow] = []
    for method in methods:
        own = [one for one in models if one.method == method.name]
        for steps in settings.steps:
            records = [
                one for model in own for one in of_scenes(model.records.get(steps, {}), scenes)
            ]
            months = [month for one in records for month in one.spread]
            if months:
                rows.append(spread_row(method.name, steps, settings.samples, months))
    return tuple(rows)


def all_scene_rows(
    methods: Sequence[Method],
    models: Sequence[Through],
    scenes: Sequence[str],
    settings: Settings,
) -> tuple[SceneRow, ...]:
    """Each scene with each method and number of steps; a method without options has one."""
    rows: list[SceneRow] = []
    for method in methods:
        own = [one for one in models if one.method == method.name]
        optional = own[0].card.denoises
        for steps in settings.steps if optional else settings.steps[:1]:
            for scene in scenes:
                found = [one for model in own for one in of_scenes(model.records[steps], [scene])]
                if found:
                    told = steps if optional else None
                    rows.append(scene_row(method.name, told, own[0].card.table, found))
    return tuple(rows)


def of_scenes(
    records: Mapping[str, SceneRecord], scenes: Sequence[str], *, labelled: bool = False
) -> list[SceneRecord]:
    """The records of these scenes, in their order, where there are any."""
    found = [records[scene] for scene in scenes if scene in records]
    return [one for one in found if one.without_series is not None] if labelled else found
