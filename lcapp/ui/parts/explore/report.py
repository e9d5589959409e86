"""What a run took and assumed, and its files."""

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.evaluate.areas import areas_csv
from lcapp.hub.held_out import held_out
from lcapp.language import message, number, tr
from lcapp.pipeline.outputs import tags, writers
from lcapp.prepare import year_consistency
from lcapp.prepare.registration.onto_aerial import UNDECIDED
from lcapp.scene.rasters.export import write_month, write_probabilities
from lcapp.types import Prediction, SuperResolved
from lcapp.ui.parts.banner import reminder
from lcapp.ui.parts.explore.page_of_a4 import map_picture, page_of
from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.superres.year_detail import named
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.runs import Choice
from lcapp.views.explore.report import pdf, picture_png, png
from lcapp.views.layers import Look

_MIOU = message(
    "Mean over the classes of the intersection over the union of map and reference: 100 % is a map "
    "without a mistake. Measured when the weights were made, on scenes that training never saw, "
    "and not on this one."
)
_EVALUATIONS = message(
    "How often the denoising network was asked: once a step for each present month. What a run "
    "takes grows with it."
)
_CONSISTENCY = message(
    "Mean absolute difference between the super-resolved series brought back to 10 m and what "
    "Sentinel-2 measured, in reflectance (0 to 1), mean of the present months. Near 0 says that "
    "nothing contradicts Sentinel-2, and not that the detail is right: bicubic interpolation does "
    "as well. How the months do against the truth, where it is known, stands at their pictures."
)
_CHANGED = message(
    "Share of the pixels whose class is another one with the series' answer set to 0. The network "
    "was never trained so: a network of the aerial image alone would draw another map."
)


def report(choice: Choice, prediction: Prediction, month: int, look: Look, keys: Keys) -> None:
    """Figures of the run, notes and downloads.

    Args:
        choice: What has been chosen.
        prediction: Its result.
        month: 1..12, which is offered alone.
        look: How the map is drawn.
        keys: Of the page.
    """
    record, card = prediction.record, prediction.record.model
    st.markdown("#### " + tr("This run"))
    reminder(prediction)
    _figures(prediction)
    options = "".join(f", {name} {getattr(record.run, name)}" for name in card.options)
    st.caption(plain(f"{card.name} ({card.variant}, {card.hash}){options}. {card.provenance}"))
    for note in notes(prediction):
        st.markdown(f"- {plain(note)}")
    _downloads(choice, prediction, month, look, keys)


def notes(prediction: Prediction) -> tuple[str, ...]:
    """What was assumed; of a place of the series that nothing decides, where it was taken to be."""
    record = prediction.record
    shift = record.registration
    return tuple(shift.said if shift and note == UNDECIDED else note for note in record.notes)


def _figures(prediction: Prediction) -> None:
    record, sr = prediction.record, prediction.super_resolved
    line = st.container(horizontal=True)
    line.metric(tr("Time"), f"{number(record.seconds['total'], '.1f')} s", border=True)
    line.metric(tr("Peak memory"), f"{number(record.peak_memory_mb, ',.0f')} MB", border=True)
    if record.evaluations:
        line.metric(
            tr("Denoiser evaluations"),
            number(record.evaluations, ","),
            border=True,
            help=tr(_EVALUATIONS),
        )
    if sr is not None:
        consistency = year_consistency(sr.lr_consistency)
        told = tr("none") if consistency is None else number(consistency, ".4f")
        line.metric(tr("LR consistency"), told, border=True, help=tr(_CONSISTENCY))
    if (share := prediction.share_changed_by_series) is not None:
        line.metric(
            tr("Changed by the series"), number(share, ".1%"), border=True, help=tr(_CHANGED)
        )
    if (figures := held_out(record.model.figures)) is not None:
        line.metric(
            tr("mIoU of the weights"), number(figures.miou, ".1%"), border=True, help=tr(_MIOU)
        )
    line.metric(tr("Device"), str(record.run.device), border=True)


def _downloads(choice: Choice, prediction: Prediction, month: int, look: Look, keys: Keys) -> None:
    made = writers(prediction)
    files: dict[str, Callable[[], bytes]] = {
        name: partial(content, prediction, name) for name in made
    }
    cover, origin, sr = prediction.maps[look.map], tags(prediction), prediction.super_resolved
    files["probabilities.tif"] = partial(
        written, lambda path: write_probabilities(path, cover, origin)
    )
    if sr is not None and sr.months[month - 1].present:
        files[f"superres_{month:02d}.tif"] = partial(
            written, lambda path: write_month(path, sr, month, origin)
        )
    files["all.zip"] = partial(archive, prediction, list(made))
    _buttons(choice, files, keys)
    _buttons(
        choice,
        {
            "report.pdf": lambda: pdf(page_of(choice, prediction, look, notes(prediction))),
            "report.png": lambda: png(page_of(choice, prediction, look, notes(prediction))),
            "map.png": lambda: picture_png(map_picture(choice, prediction, look)),
            "areas.csv": lambda: areas_csv(cover).encode(),
        },
        keys,
    )
    if sr is not None:
        st.caption(_below_zero(sr))


def _below_zero(sr: SuperResolved) -> str:
    return tr(
        "superres.tif: {share:.2%} of the values lie below 0, as Sentinel-2's own do in shadow and "
        "over water; they are left as they are, so that the months brought back to 10 m give what "
        "was measured.",
        share=sr.share_below_zero,
    )


def _buttons(choice: Choice, files: dict[str, Callable[[], bytes]], keys: Keys) -> None:
    line = st.container(horizontal=True)
    for name, made in files.items():
        line.download_button(
            name,
            data=made,
            file_name=named(choice, name),
            key=keys(f"download_{name}"),
            on_click="ignore",
            icon=":material/download:",
        )


def written(write: Callable[[Path], Any]) -> bytes:
    """What a writer of files writes; made when a download asks for it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(path)
        return path.read_bytes()


def content(prediction: Prediction, name: str) -> bytes:
    """A file as the command line writes it."""
    return written(writers(prediction)[name])


def archive(prediction: Prediction, names: Sequence[str]) -> bytes:
    """Files in one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content(prediction, name))
    return packed.getvalue()
