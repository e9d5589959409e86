"""What is made once and shared by all sessions: collections, scenes, bundles, runs, pictures."""

import hashlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from lcapp.hub import BundleConfig, bundle_configs, bundle_path
from lcapp.prepare import prepare
from lcapp.scene import Collection, open_collection
from lcapp.types import Prepared, Scene
from lcapp.ui.jobs import Jobs
from lcapp.ui.state import DEMO

if TYPE_CHECKING:  # torch is imported when a run starts, not with the page
    from lcapp.hub import Bundle


class Bundles:
    """Loaded bundles by digest; each is loaded once, whoever asks first."""

    def __init__(self) -> None:
        self._loaded: dict[str, Bundle] = {}
        self._lock = threading.Lock()

    def get(self, path: Path, digest: str) -> "Bundle":
        """The bundle at `path` whose files have that digest (BundleError)."""
        from lcapp.hub import load

        with self._lock:
            if digest not in self._loaded:
                self._loaded[digest] = load(path)
            return self._loaded[digest]


@st.cache_resource(show_spinner=False)
def bundles() -> Bundles:
    """The bundles of this process."""
    return Bundles()


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The runs of this process."""
    return Jobs()


def collection(name: str) -> Collection:
    """The demo collection or the folder of that name (SceneError)."""
    if name == DEMO:
        return _demo()
    folder = Path(name).expanduser()
    # A folder to which files have been added is listed anew.
    changed = folder.stat().st_mtime_ns if folder.is_dir() else 0
    return _folder(str(folder), changed)


@st.cache_resource(show_spinner="Simulating the demo scene (first start only)")
def _demo() -> Collection:
    from lcapp.simulate import demo_collection

    return open_collection(demo_collection())


@st.cache_resource(show_spinner=False, max_entries=8)
def _folder(path: str, changed: int) -> Collection:
    return open_collection(path)


@st.cache_resource(show_spinner="Reading the scene", max_entries=16)
def scene(_collection: Collection, path: str, scene_id: str) -> Scene:
    """A scene of the collection at `path` (SceneError)."""
    return _collection.scene(scene_id)


@st.cache_resource(show_spinner=False, max_entries=16)
def prepared(_scene: Scene, _config: BundleConfig, path: str, scene_id: str, bundle: str) -> Prepared:
    """The scene as the bundle takes it (SceneError); says what a run will cost."""
    return prepare(_scene, _config.inputs)


def models() -> tuple[BundleConfig, ...]:
    """The bundles that lie in `weights/`, by name."""
    return bundle_configs()


def digest(name: str) -> tuple[Path, str]:
    """Folder of a bundle and a digest of its files, found without loading it (BundleError)."""
    folder = bundle_path(name)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    stamps = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return folder, _digest(stamps)


@st.cache_data(show_spinner=False, max_entries=32)
def _digest(stamps: tuple[tuple[str, int, int], ...]) -> str:
    together = hashlib.sha256()
    for path, _, _ in stamps:
        with Path(path).open("rb") as stream:
            together.update(hashlib.file_digest(stream, "sha256").digest())
    return together.hexdigest()[:12]
