"""A prepared scene through the network (paper, 4.1): super-resolved, fused, classified."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from lcapp.families.family import Answer
from lcapp.families.tsrdiff.answers import Classified, SRFeatures
from lcapp.families.tsrdiff.super_resolution import super_resolved
from lcapp.models.logits import probabilities, to_numpy
from lcapp.models.windows import level_windows
from lcapp.prepare import InputSpec, apply_window, guided, lr_consistency, unscale
from lcapp.types import (
    Bools,
    Course,
    Explanation,
    Floats,
    Guided,
    LandCover,
    Prepared,
    Run,
    SuperResolved,
    Wanted,
)

if TYPE_CHECKING:
    from lcapp.families.tsrdiff.model import TSRDiffModel


def predict(
    model: "TSRDiffModel", prepared: Prepared, run: Run, course: Course, wanted: Wanted
) -> Answer:
    """Super-resolve the series of a scene, fuse it with the aerial image and classify.

    On a GPU the networks run in bfloat16.

    Args:
        model: With the diffusion's settings.
        prepared: The scene.
        run: With the device and the micro-batch decided.
        course: Progress and cancel.
        wanted: All of it, or less in less time.

    Raises:
        RunError: Options that the sampler cannot take.
        Cancelled: On request.
    """
    where = torch.device(run.device)
    network = model.network.to(where)
    present = prepared.present
    with _mixed_precision(where):
        x_u = upsampled_series(prepared)  # M 4 Hs Ws
        upsampled = torch.from_numpy(x_u[present]).to(where)  # T 4 Hs Ws
        guide = None
        if wanted.super_resolved or (model.sizes.guided and run.guide):
            guide = guided(prepared)
        series = read_series(model, prepared, guide, upsampled, run, course, wanted.maps)
        with course.stage("classify"):
            course.check()
            found = explanation = None
            logits = {}
            if wanted.maps:
                aerial = torch.from_numpy(prepared.aerial)[None].to(where)  # 1 5 H W
                classified = network.classify(
                    aerial, series.features, without_series=wanted.explanation
                )
                logits["landcover"] = to_numpy(classified.logits[0])
                if wanted.explanation:
                    explanation = _explain(model, prepared, series, classified)
            if wanted.super_resolved:
                assert guide is not None
                found = describe(
                    prepared,
                    model.config.inputs,
                    to_numpy(series.sr),
                    x_u,
                    guide,
                    to_numpy(series.clamped),
                )
    course.step("classify")
    return Answer(logits, found, explanation, series.evaluations)


def _explain(
    model: "TSRDiffModel", prepared: Prepared, series: "SeriesRead", classified: Classified
) -> Explanation:
    assert classified.logits_without_series is not None
    alone = probabilities(to_numpy(classified.logits_without_series[0]))
    attended = {
        stage: (to_numpy(query[0]), to_numpy(key[0]))  # heads H W d
        for stage, (query, key) in classified.attention.stages.items()
    }
    present = prepared.present
    return Explanation(
        temporal_weights=month_weights(series.temporal_weights, present),
        conditioning_weights=month_weights(series.conditioning_weights, present),
        pooling_weights=month_weights(series.pooling_weights, present),
        without_series=LandCover(alone, model.card.table, prepared.hr_grid),
        queries={stage: query for stage, (query, _) in attended.items()},
        keys={stage: key for stage, (_, key) in attended.items()},
    )


def _mixed_precision(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Autocast to bfloat16 on a GPU; full float32 on a CPU, where bfloat16 is rarely faster."""
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return contextlib.nullcontext()


def on_calendar(values: Floats, present: Bools, absent: float) -> Floats:
    """Spread values of the present months (T ...) over all twelve (M ...)."""
    spread = np.full((len(present), *values.shape[1:]), absent, dtype=np.float32)
    spread[present] = values
    return spread


def month_weights(levels: Sequence[torch.Tensor], present: Bools) -> tuple[Floats, ...]:
    """Weights of the present months (1 T H W a level) on the calendar: M H W, 0 where absent."""
    return tuple(on_calendar(to_numpy(level[0]), present, absent=0.0) for level in levels)


def upsampled_series(prepared: Prepared) -> Floats:
    """x_u: the monthly means on the SR grid, M C Hs Ws, scaled; NaN where absent."""
    return apply_window(prepared.series, prepared.windows.levels[0]).astype(np.float32)


@dataclass(frozen=True, eq=False)
class SeriesRead:
    """What the network made of a scene's T present months.

    Attributes:
        sr: T C Hs Ws, the super-resolved months, scaled.
        features: E_SR's answer; None where it was not asked.
        conditioning_weights: 1 T h w of each level of E_C.
        clamped: T, share of values at the bound.
        evaluations: Of the denoiser.
    """

    sr: torch.Tensor
    features: SRFeatures | None
    conditioning_weights: Sequence[torch.Tensor]
    clamped: torch.Tensor
    evaluations: int

    @property
    def temporal_weights(self) -> Sequence[torch.Tensor]:
        """1 T H_e W_e of each level of E_SR."""
        return () if self.features is None else self.features.temporal_weights

    @property
    def pooling_weights(self) -> Sequence[torch.Tensor]:
        """Likewise, of the pooling."""
        return () if self.features is None else self.features.pooling_weights


def read_series(
    model: "TSRDiffModel",
    prepared: Prepared,
    guide: Guided | None,
    upsampled: torch.Tensor,
    run: Run,
    course: Course,
    encoded: bool = True,
) -> SeriesRead:
    """Condition, super-resolve and encode the present months.

    Args:
        model: Network and diffusion settings.
        prepared: The scene.
        guide: What the aerial image tells; None where the chain is not guided.
        upsampled: T C Hs Ws, x_u of the present months, on the network's device.
        run: Sampler, steps, seed, micro-batch, and the guide's say.
        course: Progress and cancel.
        encoded: By E_SR, for a map.
    """
    network, present, where = model.network, prepared.present, upsampled.device
    with course.stage("encode"):
        series = torch.from_numpy(prepared.series[present])[None].to(where)  # 1 T 4 h w
        days = torch.from_numpy(prepared.day_offsets[present])[None].to(where)  # 1 T
        everything = torch.ones_like(days, dtype=torch.bool)  # 1 T: the absent are left out
        conditioning = network.condition(
            series, days, everything, level_windows([prepared.windows]), chunk=run.micro_batch
        )
    course.step("encode")
    with course.stage("super_resolve"):
        sr, residual = super_resolved(
            model, prepared, guide, upsampled, conditioning.levels, series, run, course
        )
    features = None
    if encoded:
        with course.stage("encode_sr"):
            features = network.encode_sr(sr[None], days, everything, chunk=run.micro_batch)
    return SeriesRead(
        sr, features, conditioning.temporal_weights, residual.clamped, residual.evaluations
    )


def describe(
    prepared: Prepared,
    spec: InputSpec,
    sr: Floats,
    x_u: Floats,
    guide: Guided,
    clamped: Floats,
) -> SuperResolved:
    """Bring the scaled series back to reflectance and measure it against what it came from.

    Args:
        prepared: The scene.
        spec: The bundle's scalings.
        sr: T C Hs Ws, scaled, present months only.
        x_u: M C Hs Ws, scaled.
        guide: What the aerial image tells.
        clamped: T, share of values at the bound.
    """

    def reflectance_of(values: Floats) -> Floats:  # M C H W
        bands = [
            unscale(values[:, channel], spec.scaling(band))
            for channel, band in enumerate(prepared.series_bands)
        ]
        return np.stack(bands, axis=1).astype(np.float32)

    reflectance = reflectance_of(on_calendar(sr, prepared.present, np.nan))
    monthly = reflectance_of(prepared.series)
    return SuperResolved(
        reflectance=reflectance,
        bicubic=reflectance_of(x_u),
        guided=reflectance_of(guide.image),
        agreement=guide.agreement,
        monthly=monthly,
        bands=prepared.series_bands,
        months=prepared.months,
        sr_grid=prepared.sr_grid,
        lr_grid=prepared.lr_grid,
        lr_consistency=lr_consistency(reflectance, monthly, prepared.windows),
        clamped=on_calendar(clamped, prepared.present, np.nan),
    )
