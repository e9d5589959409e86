"""The sidebar: which collection, patch, model and settings."""

import time
from dataclasses import replace

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import BundleError
from lcapp.hub.config import BundleConfig
from lcapp.scene.collection import Collection
from lcapp.simulate.demo.scenes import DEMO as DEMO_SCENES
from lcapp.simulate.demo.scenes import DemoScene
from lcapp.types import Scene
from lcapp.ui.components.gallery import gallery
from lcapp.ui.session import cache
from lcapp.ui.session.state import DEMO, MAX_SEED, Keys, View

_SAMPLER_HELP = (
    "ddim and dpm++ follow the noise-free path in a few steps; dpm++ is of second order. "
    "ancestral is the paper's: it takes every step of the schedule and puts noise back after each."
)
_FEW_STEPS = 100
"""The most that the slider offers: beyond it the fast samplers gain nothing but time."""


def choose_place(view: View, keys: Keys, renewed: bool) -> tuple[View, Collection, Scene]:
    """Collection and patch (SceneError)."""
    demo = view.collection == DEMO
    kind = st.radio(
        "Collection",
        ("Demo scenes", "Folder"),
        key=keys.holding("kind", "Demo scenes" if demo else "Folder", renewed),
        horizontal=True,
        help="The demo scenes are simulated. A folder holds TreeSatAI-TS or FLAIR #2 patches, or "
        "pairs of an aerial GeoTIFF and a Sentinel-2 series.",
    )
    name = DEMO
    if kind == "Folder":
        name = st.text_input(
            "Folder of the collection",
            key=keys.holding("folder", "" if demo else view.collection, renewed),
            placeholder="/path/to/collection",
        ).strip()
        if not name:
            st.info("Type the folder of a collection on the computer that runs the app.")
            st.stop()
    if name != view.collection:
        view = replace(view, collection=name, scene=None, pixel=None)
    # Here and not in the cache, which the server fills before there is a session to tell.
    first = "Simulating the demo scene (first start only)"
    with st.spinner(first if name == DEMO else "Listing the patches"):
        collection, grows = _listed(name, view.scene)
    if view.scene is not None and view.scene not in collection.ids:
        collection.header(view.scene)  # says what is wrong with the id, and which come close
    key = keys.holding("scene", view.scene or collection.ids[0], renewed)
    if st.session_state[key] not in collection.ids:
        st.session_state[key] = collection.ids[0]
    titles = {one.id: one.title for one in demo_scenes(view)}
    where = "simulated" if titles else f"in {collection.name}"
    scene_id = st.selectbox(
        f"Patch, {len(collection.ids)} {where}",
        collection.ids,
        key=key,
        format_func=lambda one: titles.get(one, one),
    )
    if len(collection.ids) > 1:
        gallery(
            collection,
            scene_id,
            titles,
            key=keys("gallery"),
            choose=lambda picked: _choose_patch(key, picked),
        )
    if grows and len(collection.ids) < len(DEMO_SCENES):
        st.fragment(_others, run_every=1)(len(DEMO_SCENES) - len(collection.ids))
    if scene_id != view.scene:
        view = replace(view, scene=scene_id, pixel=None)
    with st.spinner("Reading the scene"):
        scene = cache.scene(collection, collection.source, scene_id)
    return view, collection, scene


def _listed(name: str, wanted: str | None) -> tuple[Collection, bool]:
    """The collection and whether it still grows; a demo scene that is to come is waited for."""
    while True:
        grows = name == DEMO and cache.demo_grows()  # before the list, which could lack the last
        collection = cache.collection(name)
        if not grows or wanted not in {one.id for one in DEMO_SCENES}.difference(collection.ids):
            return collection, grows
        time.sleep(0.2)


def _others(missing: int) -> None:
    """Say that more demo scenes come; with the last of them the page runs again and lists them."""
    if not cache.demo_grows():
        st.rerun()
    st.caption(f"{missing} more are being simulated (first start only); the list waits for them.")


def demo_scenes(view: View) -> tuple[DemoScene, ...]:
    """The demo scenes with what to look for in each, while the view shows them; else none."""
    return DEMO_SCENES if view.collection == DEMO else ()


def _choose_patch(key: str, scene_id: str) -> None:
    st.session_state[key] = scene_id


def choose_model(view: View, keys: Keys, renewed: bool) -> tuple[View, BundleConfig]:
    """Bundle, sampler, steps and seed (BundleError)."""
    configs = cache.models()
    if not configs:
        raise BundleError("there is no bundle", expected="at least one in weights/")
    if view.model is not None and view.model not in configs:
        raise BundleError(
            f"there is no bundle {view.model!r}", expected="one of " + ", ".join(configs)
        )
    model = st.selectbox(
        "Model",
        list(configs),
        key=keys.holding("model", view.model or next(iter(configs)), renewed),
        format_func=lambda name: name if configs[name].trained else f"{name} (not trained)",
    )
    sampler = st.segmented_control(
        "Sampler",
        SAMPLERS,
        key=keys.holding("sampler", view.sampler, renewed),
        required=True,
        help=_SAMPLER_HELP,
    )
    if sampler == "ancestral":
        steps = configs[model].diffusion.train_steps
        st.caption(f"{steps} steps: the ancestral sampler takes its whole schedule.")
    else:
        few = view.steps if view.steps <= _FEW_STEPS else View.steps
        steps = st.slider("Steps", 1, _FEW_STEPS, key=keys.holding("steps", few, renewed))
    seed = st.number_input("Seed", 0, MAX_SEED, key=keys.holding("seed", view.seed, renewed))
    view = replace(view, model=model, sampler=sampler or view.sampler, steps=steps, seed=seed)
    return view, configs[model]
