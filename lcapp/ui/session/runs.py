"""Runs of a model on a scene: what has been chosen, and the task that computes its result."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from lcapp.hub.config import BundleConfig
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import Collection
from lcapp.types import Progress, Scene
from lcapp.types.prediction import Prediction
from lcapp.ui.session import cache
from lcapp.ui.session.state import DEMO, View
from lcapp.ui.session.tasks import Kind, Task, Tell, Work

_STAGES = {
    "prepare": "preparing the series",
    "encode": "encoding the series",
    "super-resolve": "super-resolving",
    "classify": "fusing and classifying",
}


@dataclass(frozen=True)
class RunKey:
    """What a result depends on.

    Attributes:
        collection: Folder of the collection.
        scene: Scene id.
        bundle: Hash of the bundle's weights and description.
        sampler: `ancestral`, `ddim` or `dpm++`.
        steps: Denoising steps.
        seed: Seed of the noise.
    """

    collection: str
    scene: str
    bundle: str
    sampler: str
    steps: int
    seed: int


def _told(now: Progress) -> str:
    return f"{now.done} of {now.total} steps done, {_STAGES[now.stage]}"


RUN: Kind[RunKey, Prediction] = Kind(
    name="run",
    computes=True,
    kept=12,  # one of a 512 x 512 patch takes some 30 MB
    begins="Loading the model",
    told=_told,
    cancelled="The run was cancelled; there is no result. Run it again whenever you like.",
)


@dataclass(frozen=True, eq=False)
class Choice:
    """What has been chosen, opened.

    Attributes:
        view: The choice as it stands in the address.
        collection: The collection.
        scene: The patch.
        config: Description of the model.
        bundle: Its folder.
        key: What a run with these settings is filed under.
    """

    view: View
    collection: Collection
    scene: Scene
    config: BundleConfig
    bundle: Path
    key: RunKey


def opened(view: View, collection: Collection, scene: Scene, config: BundleConfig) -> Choice:
    """Everything that a run and its page need (BundleError)."""
    folder, bundle = cache.weights(view.model or config.name)
    key = RunKey(
        collection=collection.source,
        scene=scene.id,
        bundle=bundle,
        sampler=view.sampler,
        steps=view.steps,
        seed=view.seed,
    )
    return Choice(view, collection, scene, config, folder, key)


def find(choice: Choice) -> Task[Prediction] | None:
    """The run of these settings, whatever its state."""
    return cache.tasks().find(RUN, choice.key)


def start(choice: Choice) -> Task[Prediction]:
    """Start the run of these settings, or return the one that is there."""
    return cache.tasks().start(RUN, choice.key, _work(choice))


def starts_by_itself(view: View) -> bool:
    """Whether the map is drawn without a click: a demo scene, as the app opens on it.

    That is a matter of seconds. Other weights, and more steps, may be one of minutes.
    """
    models = cache.models()
    first = next(iter(models), None)
    return (
        view.collection == DEMO
        and first is not None
        and view.model in (None, first)
        and models[first].trained
        and view.sampler != "ancestral"
        and view.steps <= View.steps
    )


def expected_seconds(bundle: str, evaluations: int) -> float | None:
    """From the latest finished run with this bundle; None before there is one."""
    for key, task in reversed(cache.tasks().all(RUN)):
        if key.bundle == bundle and task.result is not None:
            record = task.result.record
            sampling = record.seconds.get("super_resolve", 0.0)  # none in a baseline
            pace = sampling / max(1, record.denoiser_evaluations)
            return record.seconds["total"] - sampling + pace * evaluations
    return None


def leave_a_core() -> None:
    """The page and its browser need a core as well.

    With none left, OpenMP's threads wait for one another at every layer: on two cores a run of
    1.4 s took 26 s.
    """
    import torch  # here: the page opens without it

    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def _work(choice: Choice) -> Work[Prediction]:
    loaded = cache.bundles()  # here: a worker thread has no session to ask

    def work(tell: Tell, cancel: threading.Event) -> Prediction:
        leave_a_core()
        view = choice.view
        bundle = loaded.get(choice.bundle, choice.key.bundle)
        return predict(
            choice.scene,
            bundle,
            view.sampler,
            view.steps,
            view.seed,
            on_step=tell,
            cancel=cancel,
        )

    return work
