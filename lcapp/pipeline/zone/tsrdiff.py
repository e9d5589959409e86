"""A TSRDiff bundle as the network of a zone: each window is a scene with its own months."""

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lcapp.classes import TABLES, ClassTable
from lcapp.errors import RunError
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.run import ZoneWindow
from lcapp.prepare import CloudRule, crop_to_tile, months
from lcapp.scene.zone.area import Area
from lcapp.types import Floats

if TYPE_CHECKING:  # torch takes seconds to import: only a run pays for it
    from lcapp.hub.bundle import Bundle

_LEAST = 1e-30
"""Probabilities below count as this much: their logarithm has to be a number."""


@dataclass(frozen=True, eq=False)
class TSRDiffZone:
    """Classifies windows: `predict_zone(zone, one, out, table=one.table, settings=one.settings)`.

    The noise of a window depends on the seed and on its place in the zone, so that it does not
    depend on which windows came before.

    Attributes:
        bundle: Loaded weights.
        sampler: `ancestral`, `ddim` or `dpm++`.
        steps: Denoising steps.
        seed: Seed of the noise.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        micro_batch: Months through the networks at once. It is given and not planned from the
            free memory, because it changes the last digits: a run that is taken up when more
            memory is free has to go on with the same ones.
        cloud_rule: When an acquisition counts as clear.
        cancel: Set it to stop within a window as well.

    Raises:
        RunError: Steps that the sampler cannot take, or a micro-batch below 1: said before a run
            with these settings is begun in a folder, which would refuse the right ones later.
    """

    bundle: "Bundle"
    sampler: str = "ddim"
    steps: int = 10
    seed: int = 0
    device: str = "auto"
    micro_batch: int = 4
    cloud_rule: CloudRule = field(default_factory=CloudRule)
    cancel: threading.Event | None = None

    def __post_init__(self) -> None:
        from lcapp.diffusion.samplers import timesteps
        from lcapp.diffusion.schedule import CosineSchedule

        timesteps(CosineSchedule(self.bundle.config.diffusion), self.sampler, self.steps)
        if self.micro_batch < 1:
            raise RunError(
                f"micro-batch is {self.micro_batch}", expected="at least one epoch at a time"
            )

    @property
    def table(self) -> ClassTable:
        """The bundle's classes."""
        return TABLES[self.bundle.config.classes]

    @property
    def settings(self) -> dict[str, Any]:
        """What shapes the answers, for `predict_zone`."""
        from lcapp.pipeline.device import choose_device

        return {
            "model": self.bundle.config.variant,
            "bundle": self.bundle.config.name,
            "bundle_hash": self.bundle.hash,
            "trained": self.bundle.config.trained,
            "sampler": self.sampler,
            "steps": self.steps,
            "seed": self.seed,
            "device": choose_device(self.device).type,
            "micro_batch": self.micro_batch,
            "pixel_percent": self.cloud_rule.pixel_percent,
            "max_cover_percent": self.cloud_rule.max_cover_percent,
        }

    def __call__(self, window: ZoneWindow[Area]) -> Floats | None:
        """K h w log-probabilities; None where the window has no series, or no month of it is clear.

        Raises:
            SceneError: The window cannot be read, or lacks something the bundle needs.
            RunError: Options, device or memory do not allow the run.
            Cancelled: `cancel` was set.
        """
        scene = window.zone.scene(
            window.rows, window.cols, window.zone.holds & self.bundle.config.inputs.reads
        )
        if scene is None:
            return None
        if scene.sentinel2 is not None:
            _, described = months(crop_to_tile(scene.sentinel2, window.grid), self.cloud_rule)
            if not any(month.present for month in described):
                return None
        prediction = predict(
            scene,
            self.bundle,
            self.sampler,
            self.steps,
            self.seed,
            self.device,
            cancel=self.cancel,
            micro_batch=self.micro_batch,
            cloud_rule=self.cloud_rule,
        )
        logits: Floats = np.log(np.maximum(prediction.land_cover.probabilities, _LEAST))
        return logits
