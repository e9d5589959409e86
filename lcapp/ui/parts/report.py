"""What a run took and assumed, and its files."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from lcapp.pipeline.outputs import writers
from lcapp.prepare import year_consistency
from lcapp.types import Prediction
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.plain import plain
from lcapp.ui.session.state import Keys


def report(prediction: Prediction, keys: Keys) -> None:
    """Figures of the run, notes and downloads."""
    record, card = prediction.record, prediction.record.model
    st.markdown("#### This run")
    reminder(prediction)
    figures = st.container(horizontal=True)
    figures.metric("Time", f"{record.seconds['total']:.1f} s", border=True)
    figures.metric("Peak memory", f"{record.peak_memory_mb:,.0f} MB", border=True)
    if record.evaluations:
        figures.metric("Denoiser evaluations", f"{record.evaluations:,}", border=True)
    if prediction.super_resolved is not None:
        consistency = year_consistency(prediction.super_resolved.lr_consistency)
        figures.metric(
            "LR consistency",
            "none" if consistency is None else f"{consistency:.4f}",
            border=True,
            help="Mean absolute difference between the super-resolved series brought back to 10 m "
            "and what Sentinel-2 measured, in reflectance (0 to 1), mean of the present months.",
        )
    figures.metric("Device", str(record.run.device), border=True)
    options = "".join(f", {name} {getattr(record.run, name)}" for name in card.options)
    st.caption(plain(f"{card.name} ({card.variant}, {card.hash}){options}. {card.provenance}"))
    for note in record.notes:
        st.markdown(f"- {plain(note)}")
    _downloads(prediction, keys)


def _downloads(prediction: Prediction, keys: Keys) -> None:
    line = st.container(horizontal=True)
    place = prediction.record.scene.replace("/", "_")
    names = list(writers(prediction))
    offered: dict[str, Callable[[], bytes]] = {
        name: partial(content, prediction, name) for name in names
    }
    offered["all (zip)"] = partial(archive, prediction, names)
    for name, made in offered.items():
        line.download_button(
            name,
            data=made,
            file_name=f"{place}_{name}" if name in names else f"{place}.zip",
            key=keys(f"download_{name}"),
            on_click="ignore",
            icon=":material/download:",
        )


def content(prediction: Prediction, name: str) -> bytes:
    """A file as the command line writes it; made when a download asks for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        writers(prediction)[name](path)
        return path.read_bytes()


def archive(prediction: Prediction, names: Sequence[str]) -> bytes:
    """Files in one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content(prediction, name))
    return packed.getvalue()
