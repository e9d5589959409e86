"""What a run took and assumed, and its files."""

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from lcapp.pipeline.outputs import save
from lcapp.prepare import year_consistency
from lcapp.types import Prediction
from lcapp.ui.parts.banner import reminder
from lcapp.ui.session.state import Keys

_FILES = {
    "landcover.tif": "Class map",
    "confidence.tif": "Confidence",
    "superres.tif": "Super-resolved series",
    "summary.json": "Summary",
}


def report(prediction: Prediction, keys: Keys) -> None:
    """Figures of the run, notes and downloads."""
    record, sr = prediction.record, prediction.super_resolved
    st.markdown("#### This run")
    reminder(prediction)
    consistency = year_consistency(sr.lr_consistency)
    figures = st.container(horizontal=True)
    figures.metric("Time", f"{record.seconds['total']:.1f} s", border=True)
    figures.metric("Peak memory", f"{record.peak_memory_mb:,.0f} MB", border=True)
    figures.metric("Denoiser evaluations", f"{record.denoiser_evaluations:,}", border=True)
    figures.metric(
        "LR consistency",
        "none" if consistency is None else f"{consistency:.4f}",
        border=True,
        help="Mean absolute difference between the super-resolved series brought back to 10 m and "
        "what Sentinel-2 measured, in reflectance (0 to 1), mean of the present months.",
    )
    figures.metric("Device", record.device, border=True)
    st.caption(
        f"{record.bundle} ({record.model}, {record.bundle_hash}), {record.sampler}, "
        f"{record.steps} steps, seed {record.seed}"
    )
    for note in record.notes:
        st.markdown(f"- {note}")
    downloads = st.container(horizontal=True)
    place = record.scene.replace("/", "_")
    for name, label in _FILES.items():
        downloads.download_button(
            f"{label} ({name})",
            data=_file(prediction, name),
            file_name=f"{place}_{name}",
            key=keys(f"download_{name}"),
            on_click="ignore",
            icon=":material/download:",
        )
    downloads.download_button(
        "All four (zip)",
        data=lambda: archive(prediction),
        file_name=f"{place}.zip",
        key=keys("download_all"),
        on_click="ignore",
        icon=":material/folder_zip:",
    )


def _file(prediction: Prediction, name: str) -> Callable[[], bytes]:
    return lambda: _written(prediction)[name]


def _written(prediction: Prediction) -> dict[str, bytes]:
    """The files as the command line writes them; made when a download asks for them."""
    with tempfile.TemporaryDirectory() as folder:
        return {name: path.read_bytes() for name, path in save(prediction, Path(folder)).items()}


def archive(prediction: Prediction) -> bytes:
    """The four files in one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _written(prediction).items():
            archive.writestr(name, content)
    return packed.getvalue()
