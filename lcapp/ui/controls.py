"""The sidebar: which patch, which model, and the run with its cost, progress and cancel."""

import time
from pathlib import Path

import streamlit as st

from lcapp.diffusion.config import SAMPLERS
from lcapp.errors import LcappError
from lcapp.pipeline import Prediction, plan, predict
from lcapp.ui import cache
from lcapp.ui.jobs import Job, RunKey
from lcapp.ui.state import DEMO, View, change, view

_FOLDER = "folder"
_GALLERY = 12
_ANCESTRAL_STEPS = 500


def choose_scene() -> View:
    """Collection and patch.

    Raises:
        LcappError: The folder is no collection, or a scene cannot be used.
    """
    with st.sidebar:
        st.header("Patch", anchor=False)
        name = _choose_collection()
        collection = cache.collection(name)
        current = view()
        ids = collection.ids
        index = ids.index(current.scene) if current.scene in ids else 0
        scene_id = st.selectbox("Patch", ids, index=index, key=f"explore_scene_{name}")
        if name != current.collection or scene_id != current.scene:
            current = change(collection=name, scene=scene_id, row=-1, col=-1, month=0)
        if len(ids) > 1:
            with st.expander("Pictures", icon=":material/grid_view:"):
                _gallery(name, ids, scene_id)
    return current


def _choose_collection() -> str:
    current = view().collection
    preset = cache.preset_folder()
    labels = {DEMO: "Demo scene (simulated)"}
    if preset:
        labels[preset] = Path(preset).name
    labels[_FOLDER] = "A folder on this machine"
    options = list(labels)
    kind = st.selectbox(
        "Collection",
        options,
        index=options.index(current if current in labels else _FOLDER),
        format_func=lambda option: labels[option],
        key="explore_collection",
    )
    if kind != _FOLDER:
        return kind
    folder = st.text_input(
        "Folder",
        value="" if current in labels else current,
        placeholder="FLAIR #2, TreeSatAI-TS or pairs",
        key="explore_folder",
    ).strip()
    if not folder:
        raise LcappError(
            "no folder is given", advice="type the path of a collection in the sidebar"
        )
    return folder


def _gallery(name: str, ids: tuple[str, ...], chosen: str) -> None:
    """Thumbnails of the patches around the chosen one."""
    first = ids.index(chosen) // _GALLERY * _GALLERY
    columns = st.columns(2)
    for place, scene_id in enumerate(ids[first : first + _GALLERY]):
        with columns[place % 2]:
            try:
                st.image(cache.thumbnail(name, scene_id), caption=scene_id)
            except LcappError as error:
                st.caption(f"{scene_id}: {error.what}")


def run_panel(chosen: View) -> Prediction | None:
    """Model, sampler, steps and seed; the run; its result when there is one.

    Raises:
        LcappError: There is no model, or the scene does not suit it.
    """
    with st.sidebar:
        st.header("Model", anchor=False)
        models = cache.models()
        if not models:
            raise LcappError(
                "there is no bundle in weights/", advice="add one, see weights/README.md"
            )
        names = [one.name for one in models]
        model = st.selectbox(
            "Model",
            names,
            index=names.index(chosen.model) if chosen.model in names else 0,
            format_func=lambda name: _model_label(name),
            key="explore_model",
        )
        sampler = st.selectbox(
            "Sampler",
            SAMPLERS,
            index=SAMPLERS.index(chosen.sampler),  # type: ignore[arg-type]
            key="explore_sampler",
            help="ddim and dpm++ need few steps; ancestral is the paper's, with all 500.",
        )
        if sampler == "ancestral":
            steps = _ANCESTRAL_STEPS
            st.caption(f"{steps} steps: all of the schedule")
        else:
            steps = st.slider("Steps", 1, 100, min(chosen.steps, 100), key="explore_steps")
        seed = int(st.number_input("Seed", 0, 2**31 - 1, chosen.seed, key="explore_seed"))
        asked = (model, sampler, steps, seed)
        if asked != (chosen.model, chosen.sampler, chosen.steps, chosen.seed):
            chosen = change(model=model, sampler=sampler, steps=steps, seed=seed)
        config = next(one for one in models if one.name == model)
        cost = plan(
            cache.prepared(chosen.collection, chosen.scene, model),
            config,
            sampler=sampler,
            steps=steps,
        )
        st.caption(
            f"Cost: {cost.evaluations} denoiser evaluations "
            f"({steps} steps x {cost.evaluations // steps} months), "
            f"about {cost.memory_mb:.0f} MB beside the model."
        )
        key = RunKey(
            chosen.collection, chosen.scene, model, cache.hash_of(model), sampler, steps, seed
        )
        job = cache.jobs().find(key)
        if job is None or not job.running:
            done = job is not None and job.result is not None
            if st.button("Run", type="primary", disabled=done, width="stretch", key="explore_run"):
                job = _start(key)
        if job is not None and job.running:
            _progress(job)
        elif job is not None and job.cancelled:
            st.info("Cancelled; there is no result.", icon=":material/cancel:")
    if job is None:
        return None
    if job.error is not None and not job.cancelled:
        if isinstance(job.error, LcappError):
            st.error(f"{job.error}", icon=":material/error:")
        else:
            st.exception(job.error)
    return job.result


def _model_label(name: str) -> str:
    config = next(one for one in cache.models() if one.name == name)
    return name if config.trained else f"{name} (not trained)"


def _start(key: RunKey) -> Job:
    scene = cache.scene(key.collection, key.scene)
    bundles = cache.bundles()
    return cache.jobs().start(
        key,
        lambda on_step, cancel: predict(
            scene,
            bundles.get(key.bundle, key.bundle_hash),
            key.sampler,
            key.steps,
            key.seed,
            on_step=on_step,
            cancel=cancel,
        ),
    )


@st.fragment(run_every=0.3)
def _progress(job: Job) -> None:
    """Steps done and time left; hands over to the page when the run has ended."""
    if not job.running:
        st.rerun()
    progress, left = job.progress, job.seconds_left()
    if progress is None or left is None:
        st.progress(0.0, text=f"Loading the model ({time.monotonic() - job.started:.0f} s)")
    else:
        st.progress(
            progress.done / progress.total,
            text=f"{progress.stage}: step {progress.done} of {progress.total}, "
            f"about {left:.0f} s left",
        )
    if st.button("Cancel", key="explore_cancel", width="stretch"):
        job.cancel.set()
