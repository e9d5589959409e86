"""A picture of a held-out scene after each round: what the network makes of it by now."""

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lcapp.classes import ClassTable
from lcapp.files import write_file
from lcapp.prepare import InputSpec, unscale
from lcapp.train.data.batch import Batch
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.objective import objective
from lcapp.types import Bytes, Floats
from lcapp.views.imagery import RGBA, classes_rgba, series_rgba

SIDE = 256
"""Pixels of one panel."""

SHOWN_MONTHS = 4


@torch.no_grad()
def write_picture(
    path: Path, learner: JointTraining, batch: Batch, spec: InputSpec, table: ClassTable
) -> None:
    """Aerial image, reference and map above; months as bicubic and super-resolved below.

    Args:
        path: PNG to write.
        learner: The network in training, in evaluation mode.
        batch: One scene or more, on the learner's device; the first is drawn.
        spec: Bands and scalings.
        table: Classes.
    """
    outcome = objective(learner.network, batch, learner.schedule, learner.objective)
    sr = learner.sample(batch, outcome)
    logits = learner.classify(batch, sr)
    own = batch.scenes == 0
    shown = np.linspace(0, int(own.sum()) - 1, min(SHOWN_MONTHS, int(own.sum()))).round()
    rgb = unscale(batch.aerial[0, :3].float().cpu().numpy(), spec.scaling("red"))
    upper = [
        _panel(np.moveaxis(rgb.round().clip(0, 255).astype(np.uint8), 0, -1)),
        _panel(classes_rgba(_ids(batch.labels[0]), table)),
        _panel(classes_rgba(_ids(logits[0].argmax(0)), table)),
    ]
    lower = []
    for month in shown.astype(int):
        for images in (outcome.known.x_u[own], sr[own]):
            reflectance = _reflectance(images[month].float().cpu().numpy(), spec)
            lower.append(_panel(series_rgba(reflectance, spec.series_bands)))
    width = max(len(upper), len(lower))
    sheet = np.full((2 * SIDE, width * SIDE, 3), 255, np.uint8)
    for row, panels in enumerate((upper, lower)):
        for column, panel in enumerate(panels):
            sheet[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE] = panel
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, format="PNG")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, buffer.getvalue())


def _ids(labels: torch.Tensor) -> Bytes:
    return labels.cpu().numpy().astype(np.uint8)


def _panel(picture: RGBA) -> RGBA:
    image = Image.fromarray(picture[..., :3])
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.NEAREST))


def _reflectance(scaled: Floats, spec: InputSpec) -> Floats:
    bands = [
        unscale(plane, spec.scaling(band))
        for plane, band in zip(scaled, spec.series_bands, strict=True)
    ]
    return np.stack(bands)
