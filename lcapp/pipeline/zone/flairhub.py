"""One of IGN's published models as the network of a zone: a FLAIR-HUB region, or any aerial image.

The published networks take 512 x 512 pixels and nothing else. Where they look at a series, windows
begin every 256 pixels at most coarsely: a series pixel is 51.2 pixels wide, and only there the
borders of both fall together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from lcapp.classes import ClassTable
from lcapp.errors import RunError, SceneError
from lcapp.families.flairhub.inputs import clear_dates, inputs
from lcapp.families.flairhub.patches import FILES, aerial_bands, tables_of
from lcapp.pipeline.zone.run import ZoneWindow
from lcapp.pipeline.zone.windows import Layout
from lcapp.scene.zone.area import Area
from lcapp.sensors import AERIAL, MODALITIES, PATCH_METRES
from lcapp.types import Floats, Scene

if TYPE_CHECKING:  # torch takes seconds to import: only a run pays for it
    from lcapp.families.flairhub.network import UPerFuse

_PIXELS = 512
_OVERLAP, _OVERLAP_OF_SERIES = 128, 256


def region_layout(modalities: Sequence[str], overlap: int | None = None) -> Layout:
    """Windows of 512 pixels that begin with a pixel of each modality.

    Args:
        modalities: By FLAIR-HUB's names.
        overlap: Of two neighbours in pixels; by default 128, and 256 with a series.

    Raises:
        RunError: Windows would begin within a pixel.
    """
    if overlap is None:
        dated = any(MODALITIES[name].dated for name in modalities)
        overlap = _OVERLAP_OF_SERIES if dated else _OVERLAP
    for name in modalities:
        step = _PIXELS // gcd(_PIXELS, MODALITIES[name].pixels)
        if overlap % step:
            raise RunError(
                f"overlap is {overlap}",
                expected=f"a multiple of {step} pixels: windows hold {name}, and its pixels of "
                f"{PATCH_METRES / MODALITIES[name].pixels:g} m are not to be cut",
            )
    return Layout.of(_PIXELS, overlap)


@dataclass(frozen=True, eq=False)
class FlairHubZone:
    """Classifies windows: `predict_zone(zone, one, out, table=one.tables, ...)`.

    Its `settings` and its `layout()` go with it.

    Where there is no image a network sees its channels' means, which after normalisation are the
    zeros of its own padding. A window of a region over several patches has the days that all of
    them have (`scene.zone_flairhub`); without a clear one it has no answer, and its neighbours
    count alone: one of them lies on a single patch and has all its dates.

    Attributes:
        network: From `hub.flairhub.load`.
        model: Name of its file; tells the bands of the aerial image.
        sha256: Of its file.
        device: `auto`, `cpu`, `cuda` or `cuda:N`. Float32 everywhere: the published figures are.
    """

    network: "UPerFuse"
    model: str
    sha256: str
    device: str = "auto"

    @property
    def tables(self) -> dict[str, ClassTable]:
        """The model's maps, `landcover` before `crops`.

        Raises:
            BundleError: A task that is unknown here.
        """
        known = tables_of(self.network.config.tasks, self.model)
        return {FILES[task]: known[task] for task in FILES if task in known}

    @property
    def settings(self) -> dict[str, Any]:
        """What shapes the answers, for `predict_zone`."""
        from lcapp.pipeline.device import choose_device

        modalities = self.network.config.modalities
        return {
            "model": self.model,
            "sha256": self.sha256,
            "modalities": list(modalities),
            "aerial_bands": aerial_bands(self.model) if AERIAL in modalities else None,
            "device": choose_device(self.device).type,
        }

    def layout(self, overlap: int | None = None) -> Layout:
        """The windows that suit the model: `region_layout` of its modalities."""
        return region_layout(self.network.config.modalities, overlap)

    def check(self, zone: Area) -> None:
        """Refuse a zone that lacks what the model looks at.

        Raises:
            SceneError: It does.
        """
        modalities = self.network.config.modalities
        if others := [name for name in modalities if name not in zone.holds]:
            raise SceneError(
                f"{self.model} looks at {', '.join(others)}",
                where=zone.id,
                expected="a model of the aerial image alone (LC-A, LPIS-A) for a GeoTIFF",
                advice="use such a model, or a region of a FLAIR-HUB folder",
            )

    def __call__(self, window: ZoneWindow[Area]) -> Floats | None:
        """K h w logits, those of the crops after those of the land cover.

        Returns:
            None where the window's series has no clear date, or its patches no day in common.

        Raises:
            SceneError: The window cannot be read, or holds values that are no numbers.
            RunError: The device is not there.
        """
        import torch

        from lcapp.pipeline.device import choose_device

        modalities = self.network.config.modalities
        scene = window.zone.scene(window.rows, window.cols, modalities)
        if scene is None or not _has_clear_date(scene):
            return None
        taken = inputs(scene, modalities, aerial_bands(self.model))
        height, width = window.valid.shape
        seen = np.zeros((_PIXELS, _PIXELS), np.float32)
        seen[:height, :width] = window.valid
        for name in scene.images:
            every = _PIXELS // MODALITIES[name].pixels
            beyond = [(0, seen[::every].shape[0] - size) for size in taken[name].shape[-2:]]
            taken[name] = np.pad(taken[name], [(0, 0), (0, 0), *beyond]) * seen[::every, ::every]
        where = choose_device(self.device)
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(values).to(where) for name, values in taken.items()}
            answer = self.network.to(where)(tensors)
        tasks = [task for task in FILES if task in answer]
        logits: Floats = np.concatenate([answer[task][0].float().cpu().numpy() for task in tasks])
        return logits[:, :height, :width]


def _has_clear_date(scene: Scene) -> bool:
    """True as well where nobody asks: without Sentinel-2, or without its masks."""
    series = scene.sentinel2
    if series is None or series.snow is None or series.cloud is None:
        return True
    return bool(clear_dates(series).any())
