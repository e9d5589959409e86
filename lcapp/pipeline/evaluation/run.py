"""Networks over many scenes, against labels and known truth: what `python -m lcapp evaluate` does.

The figures of each scene are written as soon as they are there; a run that was stopped goes on
after them. Tables are made from these records alone, once all are there.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lcapp import record
from lcapp.errors import RunError, SceneError
from lcapp.evaluate.records import SceneRecord
from lcapp.families.door import open_model
from lcapp.families.family import Model
from lcapp.files import check_apart, check_writable
from lcapp.pipeline.evaluation.choice import Method, Settings, check_card, own_settings
from lcapp.pipeline.evaluation.differences import class_differences, series_differences
from lcapp.pipeline.evaluation.records import FOLDER, read_record, record_path, write_record
from lcapp.pipeline.evaluation.result import Evaluation, write_evaluation
from lcapp.pipeline.evaluation.rows import (
    Through,
    all_class_rows,
    all_scene_rows,
    all_series_rows,
    all_spread_rows,
)
from lcapp.pipeline.evaluation.scene import Case, case_of, evaluate_scene, key_of, seeds_of
from lcapp.pipeline.evaluation.work import Work
from lcapp.scene.collection import Collection
from lcapp.scratch import clear
from lcapp.types import Card, Progress


def evaluate(
    collection: Collection,
    ids: Sequence[str],
    methods: Sequence[Method],
    settings: Settings,
    out: Path,
    on_step: Callable[[Progress], None] | None = None,
    *,
    cancel: threading.Event | None = None,
    between: Callable[[], None] | None = None,
    records: Path | None = None,
    opening: Callable[[Path | str], Model] | None = None,
) -> Evaluation:
    """Predict, compare, and write records and tables.

    Args:
        collection: Where the scenes lie.
        ids: Which of them.
        methods: What to compare.
        settings: What to predict.
        out: Folder; its records of the same scenes, weights and settings are taken over.
        on_step: Called after each unit of work, with the scene as its stage.
        cancel: Set it from another thread to stop; the records of finished scenes stay.
        between: Called before each prediction, where nothing of a scene is being computed.
        records: Folder of the records, which several evaluations may share; by default in `out`.
        opening: What opens a bundle, where its weights may be loaded already; by default the door.

    Raises:
        SceneError: No scene can be used, labels that do not fit the networks, or a truth of
            another size.
        BundleError: Weights that cannot be used, or networks with other classes or ranges.
        RunError: Settings, folder, device or memory do not allow it.
        Cancelled: `cancel` was set.
    """
    opened = opening or open_model
    kept = records or out / FOLDER
    first, settings = _begun(collection, methods, settings, (out, kept), opened)
    passes = len(ids) * sum(len(method.bundles) for method in methods)
    work = Work(passes, settings, on_step, cancel, between)
    left_out: dict[str, str] = {}
    noted: dict[str, set[str]] = {}
    models: list[Through] = []
    for method in methods:
        for name in method.bundles:
            model = opened(name)
            found = _through(collection, ids, model, settings, kept, left_out, noted, work)
            models.append(Through(method.name, model.card, model.parameters(), found))
    scenes = tuple(one for one in ids if one not in left_out)
    if not scenes:
        scene, reason = next(iter(left_out.items()))
        raise SceneError(
            f"none of the {len(ids)} scenes can be evaluated; {scene}: {reason}",
            where=collection.source,
        )
    classes = all_class_rows(methods, models, scenes, settings)
    differences = class_differences(methods, models, scenes, settings) if classes else ()
    told = Evaluation(
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
        by_scene=all_scene_rows(methods, models, scenes, settings),
    )
    if not told.classes and not told.series:
        raise SceneError(
            "there is nothing to compare: no scene has labels and no samples are asked for",
            where=collection.source,
            expected="a collection with labels, or --samples of at least 1",
        )
    write_evaluation(told, out)
    return told


def evaluate_part(
    collection: Collection,
    ids: Sequence[str],
    methods: Sequence[Method],
    settings: Settings,
    out: Path,
    part: tuple[int, int],
    on_step: Callable[[Progress], None] | None = None,
) -> None:
    """Make the records of one of several processes; one more call of `evaluate` then takes them.

    Args:
        collection: As of `evaluate`, and so is what follows; the same for all processes.
        ids: Of all of them.
        methods: What to compare.
        settings: What to predict.
        out: The folder that they share.
        part: Rank and number of processes.
        on_step: Called after each unit of this process's work.

    Raises:
        LcappError: As `evaluate`; a scene that cannot be used is left to that call.
    """
    rank, processes = part
    mine = ids[rank::processes]
    _, settings = _begun(collection, methods, settings, (out, out / FOLDER), open_model)
    work = Work(len(mine) * sum(len(one.bundles) for one in methods), settings, on_step)
    left_out: dict[str, str] = {}
    for method in methods:
        for name in method.bundles:
            model = open_model(name)
            _through(collection, mine, model, settings, out / FOLDER, left_out, {}, work)


def _begun(
    collection: Collection,
    methods: Sequence[Method],
    settings: Settings,
    folders: tuple[Path, Path],
    opened: Callable[[Path | str], Model],
) -> tuple[Card, Settings]:
    """The first model's card, and the settings with its own way from noise where none is named."""
    _check(methods, settings)
    first = _alike(methods, opened)
    if not settings.sampler:
        settings = own_settings(settings, first)
    out, kept = folders
    for folder in dict.fromkeys((out, *([] if kept.parent == out else [kept]))):
        check_writable(folder)
        check_apart(folder, (), [Path(collection.source)])
    for folder in kept.glob("*"):
        clear(folder)
    return first, settings


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


def _alike(methods: Sequence[Method], opened: Callable[[Path | str], Model]) -> Card:
    """The first model; all are looked at before the first scene, which may take long.

    Raises:
        BundleError: A model does not fit the others.
    """
    named = [(method.name, opened(name).card) for method in methods for name in method.bundles]
    for place, (name, card) in enumerate(named):
        check_card(name, card, named[:place])
    return named[0][1]


def _through(
    collection: Collection,
    ids: Sequence[str],
    model: Model,
    settings: Settings,
    kept: Path,
    left_out: dict[str, str],
    noted: dict[str, set[str]],
    work: Work,
) -> dict[int, dict[str, SceneRecord]]:
    """All scenes through one model; what cannot be used goes to `left_out`, notes to `noted`."""
    needed = _needed(settings, model.card)
    records: dict[int, dict[str, SceneRecord]] = {steps: {} for steps in needed.steps}
    for scene_id in ids:
        work.pause()
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
                found = _recorded(case, model, needed, steps, kept, work)
                records[steps][scene_id] = found
            work.done(scene_id, steps)
    return records


def _needed(settings: Settings, card: Card) -> Settings:
    """One prediction tells all of a model whose map no noise reaches."""
    if card.denoises:
        return settings
    return replace(settings, steps=settings.steps[:1], seeds=settings.seeds[:1], samples=0)


def _recorded(
    case: Case, model: Model, settings: Settings, steps: int, kept: Path, work: Work
) -> SceneRecord:
    """The scene's record from the folder, or made and written there."""
    path = record_path(kept, model.card.hash, settings.sampler, steps, case.ready.scene_id)
    record = read_record(path, key_of(case, model.card, settings, steps))
    if record is None:
        inside = work.inside(case.ready.scene_id)
        record = evaluate_scene(case, model, settings, steps, inside, work.cancel, work.pause)
        write_record(path, record)
    return record
