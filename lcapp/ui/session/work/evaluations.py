"""Evaluations of a collection: what is to be done, where its figures lie, the task that does it.

The door is that of the verb `evaluate`. Unless a folder is named, records and tables lie in lcapp's
cache: the records by the collection, so that another choice of models takes them over, the tables
by all that they depend on, so that they are there again after the server was restarted.
"""

import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st

from lcapp import __version__
from lcapp.errors import BundleError, RunError
from lcapp.families.door import cards
from lcapp.families.family import Model
from lcapp.files import cache_folder, digest, stamps
from lcapp.language import message, tr
from lcapp.limits import path_of
from lcapp.pipeline.evaluation.choice import (
    Method,
    Part,
    Settings,
    check_card,
    check_scenes,
    chosen,
    own_settings,
)
from lcapp.pipeline.evaluation.records import FIGURES, FOLDER, record_path
from lcapp.pipeline.evaluation.result import MARKER, Evaluation, read_evaluation
from lcapp.scene.collection import Collection
from lcapp.types import Card, Progress
from lcapp.ui.session import cache
from lcapp.ui.session.asked import PARTS, Asked
from lcapp.ui.session.roots import roots
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.tasks import Kind, Task, Tell

JOINED = "trainings together"
"""Name of the one method of models that are trainings of it."""


_MOST_COLLECTIONS, _MOST_OF_ONE = 32, 64
"""Folders in the cache: of collections, and of evaluations of one; a few MB each."""


@dataclass(frozen=True)
class AtScene(Progress):
    """How far an evaluation is.

    Attributes:
        scene: The one that is on.
    """

    scene: str = ""


EVALUATION: Kind[str, Evaluation] = Kind(
    name=message("evaluation"),
    computes=True,
    kept=8,
    begins=message("Reading the first scene"),
    told=lambda now: (
        tr("{share:.0%} done", share=now.done / max(1, now.total))
        + (f", {now.scene}" if isinstance(now, AtScene) else "")
    ),
    cancelled=message(
        "The evaluation was cancelled. The figures of the finished scenes are kept: started again "
        "it goes on after them."
    ),
)


@dataclass(frozen=True, eq=False)
class Request:
    """What is to be evaluated, opened.

    Attributes:
        collection: The collection.
        ids: Its scenes.
        models: Name of `door.cards` to the card, with its hash, in their order.
        methods: Lines of the tables.
        settings: What is predicted; the sampler is named.
        out: Folder of the tables.
        records: Of the figures of the scenes.
        key: Of all that the result depends on.
        typed: Somebody has named the folder.
    """

    collection: Collection
    ids: tuple[str, ...]
    models: dict[str, Card]
    methods: tuple[Method, ...]
    settings: Settings
    out: Path
    records: Path
    key: str
    typed: bool

    @property
    def predictions(self) -> int:
        """How many runs that takes, none taken over."""
        many = len({*self.settings.seeds, *range(self.settings.samples)})
        of_model = [
            many * len(self.settings.steps) if card.denoises else 1 for card in self.models.values()
        ]
        return len(self.ids) * sum(of_model)

    def recorded(self) -> int:
        """Scenes whose figures lie there, for each model and number of steps."""
        return sum(
            record_path(self.records, card.hash, self.settings.sampler, steps, scene).is_file()
            for card in self.models.values()
            for steps in (self.settings.steps if card.denoises else self.settings.steps[:1])
            for scene in self.ids
        )

    def seconds(self) -> float | None:
        """What all its predictions take by the latest runs; None before each model has run."""
        known = {key.model: task.result for key, task in cache.tasks().all(runs.RUN)}
        found = [known.get(f"{card.name} {card.hash}") for card in self.models.values()]
        taken = [one.record.seconds["total"] for one in found if one is not None]
        if len(taken) < len(found):
            return None
        return self.predictions * sum(taken) / len(taken)


def request(asked: Asked, collection: Collection) -> Request:
    """What has been asked for, looked through before anything is computed.

    Args:
        asked: As on the page.
        collection: The collection.

    Raises:
        BundleError: A model that is not there, or whose classes are not those of the others.
        SceneError: No scene of that kind, or scenes that nothing can be told of.
        RunError: Settings, or a folder that is not written here.
    """
    found = cards()
    names = asked.models or tuple(found)[:1]
    if lost := [one for one in names if one not in found]:
        raise BundleError(f"there is no model {lost[0]!r}", expected="one of " + ", ".join(found))
    models = {name: cache.model(found[name]).card for name in names}
    if not models:
        raise BundleError("there is no model", expected="at least one bundle in weights/")
    methods = _methods(models, joined=asked.joined)
    told = [(JOINED if asked.joined else name, card) for name, card in models.items()]
    for place, (name, card) in enumerate(told):
        check_card(name, card, told[:place])
    part: Part = next(one for one in PARTS if one == asked.part)
    ids = chosen(collection, part, asked.domains, asked.limit or None)
    first = next(iter(models.values()))
    settings = Settings(
        sampler=asked.sampler,
        steps=asked.steps or Settings.steps,
        seeds=tuple(range(asked.seeds)),
        samples=asked.samples,
        guide=asked.guide,
        noise=asked.noise,
    )
    if not settings.sampler:
        settings = own_settings(settings, first)
    opened = (collection.source, collection.reader.units)
    source = digest([repr(opened).encode("utf-8", "replace")])
    key = _key(source, collection, ids, methods, models, settings)
    _check_once(key, collection, ids, tuple(models.values()))
    if not asked.out:
        shared = cache_folder() / "evaluations" / source
        return Request(
            *(collection, ids, models, methods, settings, shared / key, shared / FOLDER, key, False)
        )
    if roots() is not None:
        raise RunError(
            "no folder of this server is written for a page",
            expected="results in the server's own cache",
            advice="leave the folder out; the tables can be downloaded",
        )
    out = path_of(asked.out, RunError)
    key = digest([key.encode(), str(out).encode("utf-8", "replace")])
    return Request(collection, ids, models, methods, settings, out, out / FOLDER, key, True)


def find(asked: Request) -> Task[Evaluation] | None:
    """The evaluation of this process, whatever its state."""
    return cache.tasks().find(EVALUATION, asked.key)


def there(asked: Request) -> Evaluation | None:
    """The result: of this process, or as it lies in the folder, whoever has written it."""
    task = find(asked)
    if task is not None and task.result is not None:
        return task.result
    marker = stamps([asked.out / MARKER])
    return _read(asked.out, marker[0][1:3]) if marker else None


def answers(found: Evaluation, asked: Request) -> bool:
    """Whether a result is what is asked for; that of a typed folder may be of anything."""
    settings = asked.settings
    steps = {row.steps for row in found.by_scene if row.steps is not None}
    return (
        {*found.scenes, *(scene for scene, _ in found.left_out)} == set(asked.ids)
        and (found.sampler, found.seeds, found.samples)
        == (settings.sampler, settings.seeds, settings.samples)
        and {row.method for row in found.by_scene} == {method.name for method in asked.methods}
        and steps <= set(settings.steps)
    )


def start(asked: Request) -> Task[Evaluation]:
    """Evaluate, or return the task that does; what was recorded is taken over."""
    tasks = cache.tasks()

    def work(tell: Tell, cancel: threading.Event) -> Evaluation:
        from lcapp.pipeline.evaluation.run import evaluate  # here: it needs torch

        runs.leave_a_core()
        by_path = {card.path: card for card in asked.models.values()}

        def opened(path: Path | str) -> Model:
            return cache.model(by_path[Path(path)])

        def between() -> None:
            if (task := tasks.find(EVALUATION, asked.key)) is not None:
                task.give_way()  # others wait for seconds, this one takes minutes

        made = evaluate(
            asked.collection,
            asked.ids,
            asked.methods,
            asked.settings,
            asked.out,
            # One stage: the pace goes on from scene to scene.
            lambda now: tell(AtScene("evaluation", now.done, now.total, now.stage)),
            cancel=cancel,
            between=between,
            records=asked.records,
            opening=opened,
        )
        if not asked.typed:
            _forget_eldest(asked.out.parent, _MOST_OF_ONE)
            _forget_eldest(asked.out.parent.parent, _MOST_COLLECTIONS)
        return made

    return tasks.start(EVALUATION, asked.key, work, again=True)


def _forget_eldest(folder: Path, most: int) -> None:
    """Remove evaluations beyond so many, but for the records, which another one takes over."""
    there = []
    for one in folder.iterdir():
        with suppress(OSError):  # another process does the same
            if one.is_dir() and one.name != FOLDER:
                there.append((one.stat().st_mtime_ns, one))
    for _, one in sorted(there)[: max(0, len(there) - most)]:
        shutil.rmtree(one, ignore_errors=True)


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(out: Path, changed: tuple[int, ...]) -> Evaluation | None:
    return read_evaluation(out)


@st.cache_resource(show_spinner=False, max_entries=64)
def _check_once(
    key: str, _collection: Collection, _ids: tuple[str, ...], _cards: tuple[Card, ...]
) -> None:
    check_scenes(_collection, _ids, _cards)


def _methods(models: dict[str, Card], *, joined: bool) -> tuple[Method, ...]:
    if joined:
        return (Method(JOINED, tuple(card.path for card in models.values())),)
    return tuple(Method(name, (card.path,)) for name, card in models.items())


def _key(
    source: str,
    collection: Collection,
    ids: tuple[str, ...],
    methods: tuple[Method, ...],
    models: dict[str, Card],
    settings: Settings,
) -> str:
    """Weights by their hash; scenes by what tells without reading that a file has changed."""
    files = stamps(path for one in ids for path in collection.reader.files(one))
    names = tuple((method.name, len(method.bundles)) for method in methods)
    hashes = tuple(card.hash for card in models.values())
    told = (__version__, FIGURES, source, ids, names, hashes, replace(settings, device=""), files)
    return digest([repr(told).encode("utf-8", "replace")])
