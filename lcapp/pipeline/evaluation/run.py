"""Networks over many scenes, against labels and known truth: what `python -m lcapp evaluate` does.

The figures of each scene are written as soon as they are there; a run that was stopped goes on
after them. Tables are made from these records alone, once all are there.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lcapp import record
from lcapp.classes import TABLES
from lcapp.errors import BundleError, RunError, SceneError
from lcapp.evaluate.class_figures import ClassRow
from lcapp.evaluate.intervals import Difference
from lcapp.evaluate.records import SceneRecord
from lcapp.evaluate.series_figures import SeriesRow, SpreadRow
from lcapp.evaluate.tables import class_pages, differences_csv, series_pages, spread_csv
from lcapp.families.door import open_model
from lcapp.families.family import Model
from lcapp.files import check_apart, check_writable, write_together
from lcapp.pipeline.evaluation.choice import Method, Settings
from lcapp.pipeline.evaluation.differences import class_differences, series_differences
from lcapp.pipeline.evaluation.records import FOLDER, read_record, record_path, write_record
from lcapp.pipeline.evaluation.rows import (
    Through,
    all_class_rows,
    all_series_rows,
    all_spread_rows,
)
from lcapp.pipeline.evaluation.scene import Case, case_of, evaluate_scene, key_of, seeds_of
from lcapp.pipeline.evaluation.work import Work
from lcapp.record import to_json
from lcapp.scene.collection import Collection
from lcapp.scratch import clear
from lcapp.types import Card, Progress


@dataclass(frozen=True)
class Evaluation:
    """All figures; what `evaluation.json` holds.

    Attributes:
        collection: Name of the collection.
        simulated: Its scenes are simulated.
        scenes: Those that entered, by id.
        left_out: Those that could not be used, with the reason.
        notes: What had to be assumed of scenes, with the number of those it was assumed of.
        sampler: Of all networks.
        seeds: Of the noise.
        samples: Of each super-resolved year.
        table: Name of the class table.
        value_ranges: Band to the lowest and highest reflectance on the scale of PSNR and SSIM.
        untrained: Methods with initial weights; their figures mean nothing.
        classes: Empty where no scene has labels.
        series: Empty where no samples were asked for.
        spread: Empty with fewer than two samples or where no truth is known.
        differences: Of lines of `classes`, then of `series`; empty with one line.
    """

    collection: str
    simulated: bool
    scenes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, int], ...]
    sampler: str
    seeds: tuple[int, ...]
    samples: int
    table: str
    value_ranges: tuple[tuple[str, tuple[float, float]], ...]
    untrained: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    series: tuple[SeriesRow, ...]
    spread: tuple[SpreadRow, ...]
    differences: tuple[Difference, ...]


def evaluate(
    collection: Collection,
    ids: Sequence[str],
    methods: Sequence[Method],
    settings: Settings,
    out: Path,
    on_step: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Predict, compare, and write records and tables.

    Args:
        collection: Where the scenes lie.
        ids: Which of them.
        methods: What to compare.
        settings: What to predict.
        out: Folder; its records of the same scenes, weights and settings are taken over.
        on_step: Called after each unit of work, with the scene as its stage.

    Raises:
        SceneError: No scene can be used, labels that do not fit the networks, or a truth of
            another size.
        BundleError: Weights that cannot be used, or networks with other classes or ranges.
        RunError: Settings, folder, device or memory do not allow it.
    """
    _check(methods, settings)
    check_writable(out)
    check_apart(out, (), [Path(collection.source)])
    for folder in (out / FOLDER).glob("*"):
        clear(folder)
    work = Work(len(ids) * sum(len(method.bundles) for method in methods), settings, on_step)
    left_out: dict[str, str] = {}
    noted: dict[str, set[str]] = {}
    models: list[Through] = []
    for method in methods:
        for name in method.bundles:
            model = open_model(name)
            _check_alike(method, model.card, models)
            if not settings.sampler:
                settings = _own(settings, model.card)
            records = _through(collection, ids, model, settings, out, left_out, noted, work)
            models.append(Through(method.name, model.card, model.parameters(), records))
    scenes = tuple(one for one in ids if one not in left_out)
    if not scenes:
        scene, reason = next(iter(left_out.items()))
        raise SceneError(
            f"none of the {len(ids)} scenes can be evaluated; {scene}: {reason}",
            where=collection.source,
        )
    first = models[0].card
    classes = all_class_rows(methods, models, scenes, settings)
    differences = class_differences(methods, models, scenes, settings) if classes else ()
    found = Evaluation(
        collection=collection.name,
        simulated=collection.simulated,
        scenes=scenes,
        left_out=tuple(left_out.items()),
        notes=tuple((note, len(of)) for note, of in noted.items()),
        sampler=settings.sampler,
        seeds=settings.seeds,
        samples=settings.samples,
        table=first.table.name,
        value_ranges=first.value_ranges,
        untrained=tuple(dict.fromkeys(one.method for one in models if not one.card.trained)),
        classes=classes,
        series=all_series_rows(methods, models, scenes, settings),
        spread=all_spread_rows(methods, models, scenes, settings),
        differences=(*differences, *series_differences(methods, models, scenes, settings)),
    )
    if not found.classes and not found.series:
        raise SceneError(
            "there is nothing to compare: no scene has labels and no samples are asked for",
            where=collection.source,
            expected="a collection with labels, or --samples of at least 1",
        )
    _write(found, out)
    return found


def _check(methods: Sequence[Method], settings: Settings) -> None:
    names = [method.name for method in methods]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise RunError(
            f"two methods are called {twice[0]!r}",
            expected="a name for each",
            advice="name them: --model NAME=BUNDLE",
        )
    for method in methods:
        if len(set(method.bundles)) < len(method.bundles):
            raise RunError(
                f"{method.name!r} names one bundle twice",
                expected="independent trainings: the tables give their mean and deviation",
            )
    if not settings.seeds or not settings.steps:
        raise RunError("there are no seeds or no steps", expected="at least one of each")
    record.check(settings)


def _own(settings: Settings, card: Card) -> Settings:
    """With the sampler that a model's weights were made for, and its steps if none were named."""
    steps = (card.steps,) if settings.steps == Settings.steps else settings.steps
    return replace(settings, sampler=card.sampler, steps=steps)


def _check_alike(method: Method, card: Card, models: Sequence[Through]) -> None:
    """Classes and ranges of values are those of the first model, or figures do not compare.

    Those behind one name all take the same options.
    """
    if not models:
        return
    first = models[0].card
    if any(one.method == method.name and one.card.options != card.options for one in models):
        raise BundleError(
            f"{method.name!r} has networks with and without a series behind it",
            where=card.name,
            expected="independent trainings of one network: the tables give their mean",
            advice="give each kind a name of its own: --model NAME=BUNDLE",
        )
    if card.table != first.table:
        raise BundleError(
            f"its classes are {card.table.name}",
            where=card.name,
            expected=f"{first.table.name}, as of {first.name}",
            advice="evaluate networks with other classes apart",
        )
    if card.value_ranges and first.value_ranges and card.value_ranges != first.value_ranges:
        raise BundleError(
            "its series has other bands or ranges",
            where=card.name,
            expected=f"those of {first.name}: PSNR and SSIM are relative to them",
            advice="evaluate such networks apart",
        )


def _through(
    collection: Collection,
    ids: Sequence[str],
    model: Model,
    settings: Settings,
    out: Path,
    left_out: dict[str, str],
    noted: dict[str, set[str]],
    work: Work,
) -> dict[int, dict[str, SceneRecord]]:
    """All scenes through one model; what cannot be used goes to `left_out`, notes to `noted`."""
    needed = _needed(settings, model.card)
    records: dict[int, dict[str, SceneRecord]] = {steps: {} for steps in needed.steps}
    for scene_id in ids:
        case = None
        if scene_id not in left_out:
            try:
                scene = collection.scene(scene_id, model.card.reads, model.card.uses)
                ready = model.prepare(scene, settings.rule, settings.registration)
            except SceneError as error:  # one broken scene does not hide the others
                left_out[scene_id] = str(error).removeprefix(f"{scene_id}: ")
            else:
                case = case_of(scene, ready, collection.truth(scene_id), model.card)
                for note in ready.notes:
                    noted.setdefault(note, set()).add(scene_id)
        for steps in settings.steps:
            if case is not None and steps in needed.steps and seeds_of(case, needed):
                found = _recorded(case, model, needed, steps, out, work)
                records[steps][scene_id] = found
            work.done(scene_id, steps)
    return records


def _needed(settings: Settings, card: Card) -> Settings:
    """One prediction tells all of a model whose map no noise reaches."""
    if card.denoises:
        return settings
    return replace(settings, steps=settings.steps[:1], seeds=settings.seeds[:1], samples=0)


def _recorded(
    case: Case, model: Model, settings: Settings, steps: int, out: Path, work: Work
) -> SceneRecord:
    """The scene's record from the folder, or made and written there."""
    path = record_path(out, model.card.hash, settings.sampler, steps, case.ready.scene_id)
    record = read_record(path, key_of(case, model.card, settings, steps))
    if record is None:
        record = evaluate_scene(case, model, settings, steps, work.inside(case.ready.scene_id))
        write_record(path, record)
    return record


def _write(found: Evaluation, out: Path) -> None:
    """`evaluation.json` and all tables, empty ones too: none of an earlier run stays behind."""
    pages = {
        **class_pages(found.classes, TABLES[found.table].names),
        **series_pages(found.series),
        "spread.csv": spread_csv(found.spread),
        "differences.csv": differences_csv(found.differences),
        # Last: without it the tables are of no evaluation.
        "evaluation.json": json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n",
    }
    writers = {name: _writer(page) for name, page in pages.items()}
    write_together(writers, out)


def _writer(page: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(page, encoding="utf-8")
