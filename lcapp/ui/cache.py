"""What all sessions of a server share: collections, scenes, bundles, runs."""

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from lcapp.hub import BundleConfig, bundle_configs, bundle_hash, bundle_path
from lcapp.prepare import prepare
from lcapp.scene import Collection, open_collection
from lcapp.simulate import demo_collection
from lcapp.types import Prepared, Scene
from lcapp.ui.jobs import Jobs
from lcapp.ui.state import DEMO
from lcapp.views.imagery import RGBA, aerial_rgba

if TYPE_CHECKING:
    from lcapp.hub import Bundle


class Bundles:
    """Loaded bundles by name; loading one waits for the other."""

    def __init__(self) -> None:
        self._loaded: dict[str, Bundle] = {}
        self._lock = threading.Lock()

    def get(self, name: str, bundle_hash: str) -> "Bundle":
        """Load a bundle, or return it when these very weights are loaded already.

        Raises:
            BundleError: It cannot be loaded.
        """
        from lcapp.hub import load  # brings torch in

        with self._lock:
            bundle = self._loaded.get(name)
            if bundle is None or bundle.hash != bundle_hash:
                bundle = self._loaded[name] = load(name)
            return bundle


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The runs of this server."""
    return Jobs()


@st.cache_resource(show_spinner=False)
def bundles() -> Bundles:
    """The loaded bundles of this server."""
    return Bundles()


@st.cache_data(ttl=30, show_spinner=False)
def models() -> tuple[BundleConfig, ...]:
    """The descriptions of the bundles that are there."""
    return bundle_configs()


@st.cache_data(ttl=30, show_spinner=False)
def hash_of(model: str) -> str:
    """The hash of a bundle as it is on disk now.

    Raises:
        BundleError: It cannot be read.
    """
    return bundle_hash(bundle_path(model))


def preset_folder() -> str:
    """The folder that `LCAPP_COLLECTION` names, for a teacher's or a test's server."""
    return os.environ.get("LCAPP_COLLECTION", "")


@st.cache_resource(ttl=300, max_entries=8, show_spinner="Opening the collection")
def collection(name: str) -> Collection:
    """The collection `demo` or of a folder.

    Raises:
        SceneError: It is no collection.
    """
    return open_collection(demo_collection() if name == DEMO else Path(name))


@st.cache_resource(max_entries=16, show_spinner="Reading the scene")
def scene(collection_name: str, scene_id: str) -> Scene:
    """A scene.

    Raises:
        SceneError: It cannot be read.
    """
    return collection(collection_name).scene(scene_id)


@st.cache_resource(max_entries=16, show_spinner=False)
def prepared(collection_name: str, scene_id: str, model: str) -> Prepared:
    """A scene as a model takes it, for saying beforehand what a run costs.

    Raises:
        SceneError: The scene lacks something that the model needs.
    """
    config = next(one for one in models() if one.name == model)
    return prepare(scene(collection_name, scene_id), config.inputs)


@st.cache_data(max_entries=256, show_spinner=False)
def thumbnail(collection_name: str, scene_id: str) -> RGBA:
    """The aerial image, every fourth pixel."""
    return aerial_rgba(scene(collection_name, scene_id).aerial)[::4, ::4]
