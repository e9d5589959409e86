"""Trying a published model on a FLAIR-HUB patch: choose, run, and see the maps side by side."""

import io
import tempfile
import threading
import zipfile
from pathlib import Path

import streamlit as st

from lcapp.errors import BundleError, Cancelled, SceneError
from lcapp.evaluate.areas import class_areas
from lcapp.families.flairhub import patches
from lcapp.families.flairhub.known import KNOWN, KnownModel
from lcapp.families.flairhub.patches import PatchPrediction
from lcapp.hub.transport.cache import cached, state_on_disk
from lcapp.scene.collection import Collection, open_collection
from lcapp.sensors import AERIAL, CROPS, LAND_COVER
from lcapp.types import Progress, Scene
from lcapp.ui.parts.catalogue import described
from lcapp.ui.parts.patch_choice import choose_patch, patch_map
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache
from lcapp.ui.session.runs import leave_a_core
from lcapp.ui.session.state import Keys
from lcapp.ui.session.tasks import Kind, Tell, Work
from lcapp.views.imagery import COMPOSITES, aerial_rgba, classes_rgba
from lcapp.views.legend import legend_html, legend_rows

Key = tuple[str, str, str]
"""Folder of the collection, id of the patch, id of the model."""

_TITLES = {LAND_COVER: "Land cover", CROPS: "Crops"}


TRY: Kind[Key, PatchPrediction] = Kind(
    name="run",
    computes=True,
    kept=8,
    begins="Loading the model",
    told=lambda now: now.stage,
    cancelled="The run was cancelled; there is no result. Run it again whenever you like.",
)


def try_out(keys: Keys) -> None:
    """Draw this part of the page."""
    place, weights = st.columns(2, gap="medium")
    with place:
        collection, patch = _choose_patch(keys)
    with weights:
        model = _choose_model(keys, patch)
    if model is None:
        return
    key = (collection.source, patch.id, model.id)
    task = cache.tasks().find(TRY, key)
    if task is not None and task.state == "running":
        progress(task, keys("try_cancel"))
    elif st.button(
        "Run" if task is None or task.result is None else "Run again",
        key=keys("try_run"),
        type="primary",
        icon=":material/play_arrow:",
    ):
        cache.tasks().start(TRY, key, _work(patch, model, collection.name), again=True)
        st.rerun()
    outcome(task)
    if task is None:
        st.caption("The maps appear here, with each class's share and area.")
    elif task.result is not None:
        _maps(keys, patch, task.result)


def _choose_patch(keys: Keys) -> tuple[Collection, Scene]:
    kind = st.radio(
        "Patch from",
        ("Simulated region", "FLAIR-HUB folder"),
        key=keys("try_kind"),
        horizontal=True,
    )
    if kind == "Simulated region":
        collection = open_collection(Path(_simulated().name) / "region")
    else:
        folder = st.text_input(
            "Folder", key=keys("try_folder"), placeholder="/path/to/FLAIR-HUB"
        ).strip()
        if not folder:
            st.info("Type a folder in FLAIR-HUB's layout on the computer that runs the app.")
            st.stop()
        collection = cache.collection(folder)
    scene_id = choose_patch(keys, collection)
    try:
        patch = _patch(collection, collection.source, scene_id)
    except SceneError:
        patch_map(keys, collection, scene_id)  # a click leads away from it
        raise
    patch_map(keys, collection, scene_id, patch)
    return collection, patch


def _choose_model(keys: Keys, patch: Scene) -> KnownModel | None:
    """A model on disk whose inputs the patch has; says which others there are."""
    here = [one for one in KNOWN if state_on_disk(one.id).cached]
    has = patch.holds
    fit = {one.id: one for one in here if has >= set(one.inputs)}
    for one in here:
        if one.id not in fit:
            lacks = ", ".join(name for name in one.inputs if name not in has)
            st.caption(f"{one.id} cannot be tried: the patch has no {lacks}.")
    if not fit:
        st.info(
            "None of the published models on this computer fits. Download one under Land cover "
            "or Crops first.",
            icon=":material/download:",
        )
        return None
    chosen = st.selectbox("Model on this computer", list(fit), key=keys("try_model"))
    st.caption(f"Looks at: {described(fit[chosen])}")
    return fit[chosen]


def _maps(keys: Keys, patch: Scene, prediction: PatchPrediction) -> None:
    record = prediction.record
    if record.simulated:
        st.info(
            "The patch is simulated: it is no real place, and the model was trained on real ones.",
            icon=":material/science:",
        )
    line = st.container(horizontal=True, vertical_alignment="bottom", gap="large")
    composite = line.segmented_control(
        "Aerial image in",
        list(COMPOSITES),
        default=next(iter(COMPOSITES)),
        key=keys("try_composite"),
        required=True,
    )
    safe = line.toggle("Palette for colour-blind readers", key=keys("try_safe"))
    french = line.toggle("Noms français", key=keys("try_french"))
    columns = st.columns(1 + len(prediction.maps), gap="medium")
    with columns[0]:
        _aerial(patch, composite or next(iter(COMPOSITES)))
    for column, (task, cover) in zip(columns[1:], prediction.maps.items(), strict=True):
        with column:
            st.markdown(f"##### {_TITLES[task]}")
            st.image(classes_rgba(cover.class_map, cover.table, safe), width="stretch")
            st.html(legend_html(legend_rows(class_areas(cover), cover.table, safe), french))
    st.caption(
        f"{record.patch} · {record.model} · sha256 {record.sha256} · {record.seconds:.1f} s on "
        f"{record.device}, peak memory {record.peak_memory_mb:,.0f} MB"
    )
    st.download_button(
        "Maps and summary (zip)",
        data=lambda: _archive(prediction),
        file_name=f"{record.patch.replace('/', '_')}.zip",
        key=keys("try_files"),
        on_click="ignore",
        icon=":material/folder_zip:",
    )


def _aerial(patch: Scene, composite: str) -> None:
    st.markdown("##### Aerial image")
    if AERIAL not in patch.images:
        st.caption("This patch has no aerial image.")
        return
    st.image(aerial_rgba(patch.aerial, composite), width="stretch")


def _work(patch: Scene, model: KnownModel, collection: str) -> Work[PatchPrediction]:
    def work(tell: Tell, cancel: threading.Event) -> PatchPrediction:
        from lcapp.families.flairhub import file as flairhub

        leave_a_core()
        found = cached(model.id)
        if found is None:
            raise BundleError("is not on this computer any more", where=model.id)
        network = flairhub.load(found.weights)
        if cancel.is_set():
            raise Cancelled("the run was cancelled")
        tell(Progress("Classifying", 1, 2))
        return patches.predict_patch(
            patch,
            network,
            model=found.weights.name,
            sha256=found.sha256,
            collection=collection,
        )

    return work


@st.cache_resource(show_spinner="Simulating a region with all modalities (first time only)")
def _simulated() -> "tempfile.TemporaryDirectory[str]":
    """A folder that goes when the app ends."""
    from lcapp.simulate.formats.flairhub import simulate_flairhub

    folder = tempfile.TemporaryDirectory(prefix="lcapp-flairhub-")
    simulate_flairhub(Path(folder.name) / "region")
    return folder


@st.cache_resource(show_spinner="Reading the patch", max_entries=8)
def _patch(_collection: Collection, path: str, scene_id: str) -> Scene:
    return _collection.scene(scene_id)


def _archive(prediction: PatchPrediction) -> bytes:
    packed = io.BytesIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, path in patches.save(prediction, Path(folder)).items():
            archive.write(path, name)
    return packed.getvalue()
