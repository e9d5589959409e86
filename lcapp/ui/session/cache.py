"""What is made once and shared by all sessions: collections, scenes, models, tasks, pictures.

What is read from files is kept by their content, so that a replaced file is read again.
"""

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import streamlit as st

from lcapp.errors import LcappError, RunError, SceneError
from lcapp.evaluate.by_month import month_metrics
from lcapp.families.door import open_model
from lcapp.families.family import Model
from lcapp.language import current
from lcapp.scene.collection import Collection, open_collection, whole
from lcapp.sensors import AERIAL, SENTINEL2, SPOT
from lcapp.simulate.demo import region, scenes
from lcapp.types import AUTOMATIC, Card, CloudRule, Grid, Image, Prediction, Scene, Truth, Units
from lcapp.types.metrics import MonthMetric
from lcapp.ui.session.roots import check_folder
from lcapp.ui.session.state import DEMO, REGION, UPLOAD
from lcapp.ui.session.work import uploads
from lcapp.ui.session.work.downloads import Downloads
from lcapp.ui.session.work.tasks import Tasks
from lcapp.views.attention import panes as attention_panes
from lcapp.views.imagery import RGBA, aerial_rgba, shrunk
from lcapp.views.months import Year, measured_year
from lcapp.views.panes import Pane
from lcapp.views.superres.acquisitions import Acquisition, acquisitions

_SHOWN = (AERIAL, SENTINEL2)
"""What the pages show of a scene, whether its model reads it or not."""


@st.cache_resource(show_spinner=False)
def tasks() -> Tasks:
    """The runs, downloads and other long work of this process."""
    return Tasks()


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """The downloads of this process."""
    return Downloads(tasks())


def collection(name: str, units: Units = AUTOMATIC) -> Collection:
    """What is simulated under that name, or the collection of that source.

    Args:
        name: `demo`, `region`, `upload`, or the source.
        units: Of the source's files, as far as they are stated; what is simulated has its own.

    Raises:
        SceneError: No collection, or not to be opened here (`roots`).
        RunError: What is to be simulated cannot be written.
    """
    if name == DEMO:
        folder, _ = _first_demo_scene()
        return _demo(folder, scenes.scenes_in(folder))
    if name == REGION:
        return _source(*_now(str(region.demo_region())), AUTOMATIC)
    if name == UPLOAD:
        return _source(*_now(str(uploads.current().folder)), units)
    check_folder(name)
    return _source(*_now(whole(name)), units)


def as_it_is(collection: Collection, scene_id: str, units: Units = AUTOMATIC) -> Collection:
    """The collection, listed anew where the files of a scene are others than when it was shown.

    Replaced in place they leave the folder's time as it is, and a collection keeps what it has
    read of headers and tables.

    Args:
        collection: As it was listed.
        scene_id: The scene that is shown.
        units: As it was listed with.

    Raises:
        SceneError: No such scene, or no collection any more.
    """
    content = collection.fingerprint(scene_id)
    shown = _shown().setdefault(collection, {})
    if shown.setdefault(scene_id, content) == content:
        return collection
    now = *_now(collection.source), units
    _source.clear(*now)
    return _source(*now)


def demo_grows() -> bool:
    """Whether scenes of the demo are still being drawn (RunError: not even the first can be)."""
    _, rest = _first_demo_scene()
    return rest.is_alive()


@st.cache_resource(show_spinner=False)
def _first_demo_scene() -> tuple[Path, threading.Thread]:
    """The folder of the demo, and what draws its other scenes while the page shows the first."""

    def draw_rest() -> None:
        with suppress(RunError):  # a full disk: the scenes that are there are shown
            # The first map comes before them: it is what somebody waits for.
            scenes.demo_collection(background=True)

    folder = scenes.demo_collection(1)
    rest = threading.Thread(target=draw_rest, daemon=True)
    rest.start()
    return folder, rest


@st.cache_resource(show_spinner=False, max_entries=1)
def _demo(folder: Path, there: int) -> Collection:
    """The demo as far as it is there; listed anew when a scene has come."""
    return open_collection(folder)


@st.cache_resource(show_spinner=False)
def _shown() -> WeakKeyDictionary[Collection, dict[str, str]]:
    """Collection to the fingerprints of its scenes when they were looked at first."""
    return WeakKeyDictionary()


@st.cache_resource(show_spinner=False, max_entries=8)
def _source(source: str, changed: int, units: Units) -> Collection:
    return open_collection(source, units)


def _now(source: str) -> tuple[str, int]:
    """A source and its time: a folder to which files have been added is listed anew."""
    return source, os.stat(source).st_mtime_ns if os.path.isdir(source) else 0


def scene(collection: Collection, scene_id: str, content: str, card: Card) -> Scene:
    """A scene with what the pages show and what the model reads of it.

    Args:
        collection: The collection.
        scene_id: The scene.
        content: Its fingerprint, by which its result is filed.
        card: Of the model.

    Raises:
        SceneError: Files that cannot be used, or that somebody writes just now.
    """
    names = {*_SHOWN, *card.reads, *card.uses} & collection.header(scene_id).holds
    return _scene(collection, scene_id, content, tuple(sorted(names)))


@st.cache_resource(show_spinner=False, max_entries=16)
def _scene(_collection: Collection, scene_id: str, content: str, names: tuple[str, ...]) -> Scene:
    read = _collection.scene(scene_id, names)
    if _collection.fingerprint(scene_id) != content:
        raise SceneError(
            "its files have changed while they were read",
            where=scene_id,
            advice="load the page again when they are whole",
        )
    return read


@st.cache_resource(show_spinner=False, max_entries=16)
def prepared(_scene: Scene, _model: Model, content: str, model: str) -> Any:
    """The scene as the model takes it (SceneError).

    Args:
        content: Fingerprint of the scene.
        model: Name and hash of the model.
    """
    return _model.prepare(_scene, CloudRule())


@st.cache_resource(show_spinner=False, max_entries=16)
def year(_scene: Scene, content: str) -> Year | None:
    """The months of a scene as Sentinel-2 measured them; None without a series (SceneError)."""
    return None if _scene.sentinel2 is None else measured_year(_scene)


@st.cache_resource(show_spinner=False, max_entries=8)
def grids(_collection: Collection, source: str, ids: tuple[str, ...]) -> dict[str, Grid]:
    """Where patches lie; only headers are read, and those that cannot be are left out."""
    found: dict[str, Grid] = {}
    for scene_id in ids:
        with suppress(SceneError):
            found[scene_id] = _collection.header(scene_id).grid
    return found


@st.cache_resource(show_spinner=False, max_entries=16)
def truth(_collection: Collection, scene_id: str, content: str) -> Truth | None:
    """What a simulated scene really looked like; None where nobody knows (SceneError)."""
    return _collection.truth(scene_id)


@st.cache_resource(show_spinner=False, max_entries=16)
def spot(_collection: Collection, scene_id: str, content: str) -> Image | None:
    """SPOT's image of a scene; None without one that can be read: no page depends on it."""
    if SPOT not in _collection.header(scene_id).holds:
        return None
    with suppress(LcappError):
        return _collection.scene(scene_id, [SPOT]).images[SPOT]
    return None


@st.cache_resource(show_spinner=False, max_entries=16)
def metrics(
    _prediction: Prediction, _scene: Scene, _ready: Any, _truth: Truth | None, key: Any
) -> tuple[MonthMetric, ...]:
    """The figures of a super-resolved year by month, `key` being what the run is filed under."""
    from lcapp.pipeline.evaluation.year import judged_year  # here: it needs torch

    sr = _prediction.super_resolved
    assert sr is not None
    return month_metrics(judged_year(_scene, _ready, _truth, _prediction), sr.agreement)


def still_panes(prediction: Prediction, scene: Scene, key: Any) -> tuple[Pane, ...]:
    """Panes that are the same for every pixel, `key` being what the run is filed under."""
    return _still_panes(prediction, scene, key, current())  # their titles are texts


@st.cache_resource(show_spinner=False, max_entries=4)  # 8 MB each
def _still_panes(
    _prediction: Prediction, _scene: Scene, key: Any, language: str
) -> tuple[Pane, ...]:
    explanation = _prediction.explanation
    assert explanation is not None
    return attention_panes.still_panes(_scene, _prediction.land_cover, explanation)


def dates(scene: Scene, content: str) -> tuple[Acquisition, ...]:
    """The acquisitions of a scene (SceneError)."""
    return _dates(scene, content, current())  # the reasons are texts


@st.cache_resource(show_spinner=False, max_entries=16)
def _dates(_scene: Scene, content: str, language: str) -> tuple[Acquisition, ...]:
    return acquisitions(_scene)


def model(card: Card) -> Model:
    """A model of `door.cards`; its weights are read by its first run (BundleError)."""
    files = sorted(card.path.iterdir()) if card.path.is_dir() else [card.path]
    changed = tuple(file.stat().st_mtime_ns for file in files if file.is_file())
    return _model(str(card.path), changed)


@st.cache_resource(show_spinner=False, max_entries=3)  # the largest takes a gigabyte
def _model(path: str, changed: tuple[int, ...]) -> Model:
    return open_model(path)


def picture(collection: Collection, scene_id: str, size: int) -> RGBA:
    """The aerial image of a scene, at most `size` pixels wide and high (SceneError)."""
    return _picture(collection, scene_id, collection.fingerprint(scene_id), size)


@st.cache_data(show_spinner=False, max_entries=256)
def _picture(_collection: Collection, scene_id: str, content: str, size: int) -> RGBA:
    scene = _collection.scene(scene_id, [AERIAL])
    return shrunk(aerial_rgba(scene.aerial, seen=scene.seen), size)
