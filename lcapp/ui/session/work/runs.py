"""Runs of a model on a scene: what has been chosen, and the task that computes its result."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import SceneError
from lcapp.families.door import cards
from lcapp.families.family import Model
from lcapp.language import message, tr
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import Collection
from lcapp.types import Card, Prediction, Progress, Run, Scene
from lcapp.ui.session import cache, results
from lcapp.ui.session.state import DEMO, SEEN, UPLOAD, View
from lcapp.ui.session.work.tasks import Kind, Result, Task, Tell

_LATEST = "lcapp_latest"

_STAGES = {
    "prepare": message("preparing the series"),
    "encode": message("encoding the series"),
    "super-resolve": message("super-resolving"),
    "classify": message("fusing and classifying"),
}


@dataclass(frozen=True)
class RunKey:
    """What a result depends on.

    Attributes:
        content: Fingerprint of the files of the scene.
        model: Name of the model, and the hash of its weights and description.
        options: The fields of the run that matter to the model.
    """

    content: str
    model: str
    options: tuple[tuple[str, Any], ...] = ()


def _told(now: Progress) -> str:
    return tr(
        "{done} of {total} steps done, {stage}",
        done=now.done,
        total=now.total,
        stage=tr(_STAGES.get(now.stage, now.stage)),
    )


RUN: Kind[RunKey, Prediction] = Kind(
    name=message("run"),
    computes=True,
    kept=12,  # one of a 512 x 512 patch takes some 30 MB
    begins=message("Loading the model"),
    told=_told,
    cancelled=message("The run was cancelled; there is no result. Run it again whenever you like."),
)


@dataclass(frozen=True, eq=False)
class Choice:
    """What has been chosen, opened.

    Attributes:
        view: The choice as it stands in the address.
        collection: The collection.
        scene: The patch.
        model: The model; its weights may not be read yet.
        run: How it is to run.
        key: What such a run is filed under.
    """

    view: View
    collection: Collection
    scene: Scene
    model: Model
    run: Run
    key: RunKey

    @property
    def card(self) -> Card:
        """Of the model."""
        return self.model.card


def opened(view: View, collection: Collection, model: Model) -> Choice:
    """Everything that a run and its page need (SceneError)."""
    card, scene_id = model.card, view.scene or collection.ids[0]
    # What no page asks for stays as a run has it.
    own = card.run()
    named = {name: getattr(view, name, None) for name in card.options}
    options = {name: getattr(own, name) if one is None else one for name, one in named.items()}
    content = collection.fingerprint(scene_id)
    key = RunKey(
        content=content,
        model=f"{card.name} {card.hash}",
        options=tuple(options.items()),
    )
    scene = cache.scene(collection, scene_id, content, card)
    return Choice(view, collection, scene, model, Run(**options), key)


def prepared(choice: Choice) -> Any:
    """The scene as the model takes it.

    Raises:
        SceneError: The scene lacks something that the model needs.
    """
    if lack := choice.card.lacks(choice.scene.holds):
        raise SceneError(lack, advice="choose a model that does without, or another patch")
    return cache.prepared(choice.scene, choice.model, choice.key.content, choice.key.model)


def find(choice: Choice) -> Task[Prediction] | None:
    """The run of these settings, whatever its state; what an earlier server has kept is done."""
    return found(choice, RUN, Prediction)


def found(choice: Choice, kind: Kind[RunKey, Result], of: Any) -> Task[Result] | None:
    """The task of a choice, or what is kept on disk of it.

    Args:
        choice: What it is about.
        kind: Of the task.
        of: Type of its result.
    """
    task = cache.tasks().find(kind, choice.key)
    if task is not None:
        return task
    kept = results.read(_entry(choice, kind), of, {Card: choice.card})
    return None if kept is None else cache.tasks().put(kind, choice.key, kept)


def _entry(choice: Choice, kind: Kind[RunKey, Any]) -> Path | None:
    if choice.view.collection == UPLOAD:  # files that are handed over leave nothing behind
        return None
    options = repr(choice.key.options)
    return results.entry(choice.collection, choice.scene.id, kind.name, choice.key.model, options)


def latest(
    choice: Choice, prediction: Prediction | None, of: str = ""
) -> tuple[Choice, Prediction] | None:
    """The result that the session saw last of the same scene, while there is none of the choice.

    Args:
        choice: What has been chosen.
        prediction: Its result, which is remembered as the one that was seen last.
        of: Which of the runs of a page, where there are several.

    Returns:
        How that result came about, with the month, the pixel and the like of now; and the result.
        None where it is not needed, of another scene, or not kept any more.
    """
    if prediction is not None:
        # The settings alone: sessions hold no results, of which the process keeps a few.
        st.session_state[_LATEST + of] = choice.view
        return None
    view: View | None = st.session_state.get(_LATEST + of)
    now = choice.view
    if view is None or (view.collection, view.scene) != (now.collection, now.scene):
        return None
    card = cards().get(view.model or "")
    if card is None:
        return None
    before = opened(view, choice.collection, cache.model(card))
    task = find(before)
    if before.key.content != choice.key.content or task is None or task.result is None:
        return None
    seen = {name: getattr(now, name) for name in SEEN}
    return replace(before, view=replace(view, **seen)), task.result


def told(choice: Choice) -> str:
    """Model and settings in half a sentence."""
    options = [f"{name} {getattr(choice.run, name)}" for name in choice.card.options]
    return ", ".join([choice.card.name, *options])


def start(choice: Choice, ready: Any) -> Task[Prediction]:
    """Start the run of these settings, or return the one that is there.

    Args:
        choice: The settings.
        ready: From `prepared`.
    """

    def work(tell: Tell, cancel: threading.Event) -> Prediction:
        leave_a_core()
        made = predict(ready, choice.model, choice.run, on_step=tell, cancel=cancel)
        results.keep(_entry(choice, RUN), made, Prediction, (Card,))
        return made

    find(choice)  # what is kept on disk is taken up
    return cache.tasks().start(RUN, choice.key, work)


def steps_told(now: Progress) -> str:
    """How far something is, by its steps alone."""
    return tr("{done} of {total} steps done", done=now.done, total=now.total)


@dataclass(frozen=True, eq=False)
class Closer(Generic[Result]):
    """A closer look at a run, which is computed when somebody asks for it.

    Attributes:
        kind: Of its tasks, which are filed as the run is.
        make: Makes it of the settings and of what `start` is given.
        of: Type of what it makes.
    """

    kind: Kind[RunKey, Result]
    make: Callable[[Choice, Any, Tell, threading.Event], Result]
    of: Any

    def find(self, choice: Choice) -> Task[Result] | None:
        """That of these settings, whatever its state."""
        return found(choice, self.kind, self.of)

    def start(self, choice: Choice, of: Any) -> Task[Result]:
        """Make it, or return the task that does.

        Args:
            choice: The settings.
            of: The scene from `prepared`, and what else it is made of.
        """

        def work(tell: Tell, cancel: threading.Event) -> Result:
            leave_a_core()
            made = self.make(choice, of, tell, cancel)
            results.keep(_entry(choice, self.kind), made, self.of, (Card,))
            return made

        self.find(choice)  # what is kept on disk is taken up
        return cache.tasks().start(self.kind, choice.key, work)


def starts_by_itself(view: View) -> bool:
    """Whether the map is drawn without a click: a demo scene, as the app opens on it.

    That is a matter of seconds. Other weights, and more steps, may be one of minutes.
    """
    found = cards()
    first = next(iter(found), None)
    return (
        view.collection == DEMO
        and first is not None
        and view.model in (None, first)
        and found[first].trained
        and not SAMPLERS[view.sampler or found[first].sampler].whole_schedule
        and (view.steps or found[first].steps) <= Run.steps
    )


def expected_seconds(model: str, evaluations: int) -> float | None:
    """From the latest finished run with this model; None before there is one."""
    for key, task in reversed(cache.tasks().all(RUN)):
        if key.model == model and task.result is not None:
            record = task.result.record
            sampling = record.seconds.get("super_resolve", 0.0)  # none in a baseline
            pace = sampling / max(1, record.evaluations)
            return float(record.seconds["total"] - sampling + pace * evaluations)
    return None


def leave_a_core() -> None:
    """The page and its browser need a core as well.

    With none left, OpenMP's threads wait for one another at every layer: on two cores a run of
    1.4 s took 26 s.
    """
    import torch  # here: the page opens without it

    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
