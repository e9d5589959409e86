"""What is made once and shared by all sessions: collections, scenes, bundles, runs, pictures."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from lcapp.errors import RunError
from lcapp.hub.config import BundleConfig, bundle_configs, bundle_hash, bundle_path
from lcapp.hub.transport.cache import cached_bundles
from lcapp.prepare import prepare
from lcapp.scene.collection import Collection, open_collection
from lcapp.types import Prepared, Scene
from lcapp.ui.session.downloads import Downloads
from lcapp.ui.session.state import DEMO
from lcapp.ui.session.tasks import Tasks
from lcapp.views.imagery import RGBA, aerial_rgba, shrunk

if TYPE_CHECKING:  # torch is imported when a run starts, not with the page
    pass

_THUMBNAIL = 96
"""Pixels."""


class Bundles:
    """Loaded bundles by hash; each is loaded once, whoever asks first."""

    def __init__(self) -> None:
        self._loaded: dict[str, Bundle] = {}
        self._lock = threading.Lock()

    def get(self, path: Path, bundle: str) -> "Bundle":
        """The bundle at `path` with that hash (BundleError)."""
        from lcapp.families.tsrdiff.model import load

        with self._lock:
            if bundle not in self._loaded:
                self._loaded[bundle] = load(path)
            return self._loaded[bundle]


@st.cache_resource(show_spinner=False)
def bundles() -> Bundles:
    """The bundles of this process."""
    return Bundles()


@st.cache_resource(show_spinner=False)
def tasks() -> Tasks:
    """The runs, downloads and other long work of this process."""
    return Tasks()


@st.cache_resource(show_spinner=False)
def downloads() -> Downloads:
    """The downloads of this process."""
    return Downloads(tasks())


def collection(name: str) -> Collection:
    """The demo collection or the folder of that name (SceneError)."""
    if name == DEMO:
        folder, _ = _first_demo_scene()
        return _demo(folder, _demo_scenes(folder))
    folder = Path(name).expanduser()
    # A folder to which files have been added is listed anew.
    changed = folder.stat().st_mtime_ns if folder.is_dir() else 0
    return _folder(str(folder), changed)


def demo_grows() -> bool:
    """Whether scenes of the demo are still being drawn (RunError: not even the first can be)."""
    _, rest = _first_demo_scene()
    return rest.is_alive()


@st.cache_resource(show_spinner=False)
def _first_demo_scene() -> tuple[Path, threading.Thread]:
    """The folder of the demo, and what draws its other scenes while the page shows the first."""
    from lcapp.simulate.demo.scenes import demo_collection

    def draw_rest() -> None:
        with suppress(RunError):  # a full disk: the scenes that are there are shown
            # The first map comes before them: it is what somebody waits for.
            demo_collection(background=True)

    folder = demo_collection(1)
    rest = threading.Thread(target=draw_rest, daemon=True)
    rest.start()
    return folder, rest


def _demo_scenes(folder: Path) -> int:
    from lcapp.simulate.demo.scenes import scenes_in

    return scenes_in(folder)


@st.cache_resource(show_spinner=False, max_entries=1)
def _demo(folder: Path, scenes: int) -> Collection:
    """The demo as far as it is there; listed anew when a scene has come."""
    return open_collection(folder)


@st.cache_resource(show_spinner=False, max_entries=8)
def _folder(path: str, changed: int) -> Collection:
    return open_collection(path)


@st.cache_resource(show_spinner=False, max_entries=16)
def scene(_collection: Collection, path: str, scene_id: str) -> Scene:
    """A scene of the collection at `path` (SceneError)."""
    return _collection.scene(scene_id)


@st.cache_resource(show_spinner=False, max_entries=16)
def prepared(
    _scene: Scene, _config: BundleConfig, path: str, scene_id: str, bundle: str
) -> Prepared:
    """The scene as the bundle takes it (SceneError); says what a run will cost."""
    return prepare(_scene, _config.inputs)


def models() -> Mapping[str, BundleConfig]:
    """The bundles in `weights/` by name, then those of the Hub that are on disk by repo id."""
    here = {config.name: config for config in bundle_configs()}
    return here | {repo_id: config for repo_id, (config, _) in cached_bundles().items()}


def weights(name: str) -> tuple[Path, str]:
    """Folder of a bundle and its hash, found without loading it (BundleError)."""
    _, folder = cached_bundles().get(name) or (None, bundle_path(name))
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return folder, _hash(str(folder), tuple(path.stat().st_mtime_ns for path in files))


@st.cache_data(show_spinner=False, max_entries=32)
def _hash(folder: str, changed: tuple[int, ...]) -> str:
    return bundle_hash(folder)


@st.cache_data(show_spinner=False, max_entries=256)
def thumbnail(_collection: Collection, path: str, scene_id: str) -> RGBA:
    """The aerial image of a scene, small (SceneError)."""
    return shrunk(aerial_rgba(scene(_collection, path, scene_id).aerial), _THUMBNAIL)
