"""Scenes as one batch of tensors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from lcapp.errors import SceneError
from lcapp.models.windows import BatchWindow, level_windows
from lcapp.train.data.draws import Draw
from lcapp.types import Floats, Guided, Prepared, Targets, Window


@dataclass(frozen=True, eq=False)
class Example:
    """One visit of a scene, flipped and turned already: values, targets, chance, and the guide."""

    prepared: Prepared
    targets: Targets
    draw: Draw
    guide: Guided | None = None


@dataclass(frozen=True, eq=False)
class Batch:
    """B scenes; each has twelve month slots, of which N in all are present.

    Attributes:
        scene_ids: B.
        aerial: B C H W, scaled.
        series: B M C h w, scaled; NaN where absent.
        day_offsets: B M, days; NaN where absent.
        present: B M, bool.
        levels: For each level of E_C, from the LR crop to the SR grid.
        down: D(.), from the SR grid to the LR crop, zero outside the footprint.
        up: Back from the crop's pixels inside the footprint to the SR grid.
        inside: B h w, bool, the pixels that `down` fills.
        aerial_on_sr: B C Hs Ws, x0^D, scaled like the series.
        aerial_low: B C Hs Ws, what of it the series can tell.
        truth: B M C Hs Ws, the true months; None where they are unknown.
        image: B M C Hs Ws, guided upsampling, bicubic where a scene has no guide; NaN where absent;
            None: eps_w knows no guide.
        place: B F Hs Ws, what a guided eps_w sees of the place; None: likewise.
        guided: (B,) bool, the scene has a guide.
        labels: B H W, int64.
        sr_labels: B Hs Ws, int64.
        nearest: (B,) int64, calendar index of tau_HR.
        k: B M, int64, diffusion step of each month.
        noise: B M C Hs Ws, or B 1 C Hs Ws where the months of a scene share it.
        more_k: B D, int64, steps of the further draws for L_D at tau_HR; D may be 0.
        more_noise: B D C Hs Ws, their noise.
        few_step: (B,) bool, E_SR reads a few-step sample; on the CPU, which draws its noise.
        sample_seeds: (B,) int64, seeds of these; on the CPU.
    """

    scene_ids: tuple[str, ...]
    aerial: Tensor
    series: Tensor
    day_offsets: Tensor
    present: Tensor
    levels: tuple[BatchWindow, ...]
    down: BatchWindow
    up: BatchWindow
    inside: Tensor
    aerial_on_sr: Tensor
    aerial_low: Tensor
    truth: Tensor | None
    image: Tensor | None
    place: Tensor | None
    guided: Tensor
    labels: Tensor
    sr_labels: Tensor
    nearest: Tensor
    k: Tensor
    noise: Tensor
    more_k: Tensor
    more_noise: Tensor
    few_step: Tensor
    sample_seeds: Tensor

    @property
    def scenes(self) -> Tensor:
        """(N,) int64: the scene of each present month, scene by scene, January first."""
        return self._places[0]

    @property
    def months(self) -> Tensor:
        """(N,) int64: its calendar index."""
        return self._places[1]

    @cached_property
    def _places(self) -> tuple[Tensor, ...]:
        # Once: to count what a mask holds, one waits for a GPU.
        return self.present.nonzero(as_tuple=True)

    def of_months(self, values: Tensor) -> Tensor:
        """B M ... of every month, or B 1 ... of a scene: those of the present months, N ..."""
        return values[self.scenes, self.months if values.shape[1] > 1 else 0 * self.months]

    def by_month(self, values: Tensor) -> Tensor:
        """N ... of the present months: B M ..., 0 where absent."""
        spread = values.new_zeros(*self.present.shape, *values.shape[1:])
        return spread.index_put((self.scenes, self.months), values)

    def to(self, device: torch.device | str, non_blocking: bool = False) -> Self:
        """The same on another device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Self:
        """The same in memory that a GPU copies from by itself; the loader asks for it."""
        return self._each(lambda tensor: tensor.pin_memory())

    def _each(self, change: Callable[[Tensor], Tensor]) -> Self:
        """Every tensor changed, but for the chance that is decided on the CPU."""

        def changed(value: Any) -> Any:
            if isinstance(value, Tensor):
                return change(value)
            if isinstance(value, BatchWindow):
                return BatchWindow(change(value.rows), change(value.cols))
            if isinstance(value, tuple) and isinstance(value[0], BatchWindow):
                return tuple(map(changed, value))
            return value

        parts = {one.name: getattr(self, one.name) for one in fields(self)}
        here = {"few_step": self.few_step, "sample_seeds": self.sample_seeds}
        return type(self)(**({name: changed(value) for name, value in parts.items()} | here))


def collate(examples: Sequence[Example]) -> Batch:
    """A batch of examples.

    Raises:
        SceneError: Their images or crops are not all of one size.
    """
    prepared = [one.prepared for one in examples]
    targets = [one.targets for one in examples]
    draws = [one.draw for one in examples]
    _check_sizes(prepared)
    windows = [one.windows for one in prepared]
    whole = [_whole_crop(one) for one in prepared]
    guides = [one.guide for one in examples]
    return Batch(
        scene_ids=tuple(one.scene_id for one in prepared),
        aerial=_stack([one.aerial for one in prepared]),
        series=_stack([one.series for one in prepared]),
        day_offsets=_stack([one.day_offsets for one in prepared]),
        present=_stack([one.present for one in prepared]),
        levels=level_windows(windows),
        down=BatchWindow.of([down for down, _, _ in whole]),
        up=BatchWindow.of([up for _, up, _ in whole]),
        inside=_stack([inside for _, _, inside in whole]),
        aerial_on_sr=_stack([one.aerial_on_sr for one in targets]),
        aerial_low=_stack([one.aerial_low for one in targets]),
        truth=_all([one.truth for one in targets]),
        image=_all([None if one is None else one.image for one in guides]),
        place=_places_seen(guides),
        guided=torch.tensor([one is not None and one.place is not None for one in guides]),
        labels=_stack([one.labels.astype(np.int64) for one in targets]),
        sr_labels=_stack([one.sr_labels.astype(np.int64) for one in targets]),
        nearest=torch.tensor([one.nearest for one in targets]),
        k=torch.stack([one.k for one in draws]),
        noise=torch.stack([one.noise for one in draws]),
        more_k=torch.stack([one.more_k for one in draws]),
        more_noise=torch.stack([one.more_noise for one in draws]),
        few_step=torch.tensor([one.few_step for one in draws]),
        sample_seeds=torch.tensor([one.sample_seed for one in draws]),
    )


def _stack(arrays: Sequence[Any]) -> Tensor:
    return torch.from_numpy(np.stack(arrays))


def _all(arrays: Sequence[Floats | None]) -> Tensor | None:
    """Stacked where every scene has one."""
    known = [one for one in arrays if one is not None]
    return _stack(known) if len(known) == len(arrays) else None


def _places_seen(guides: Sequence[Guided | None]) -> Tensor | None:
    """B F Hs Ws, 0 for a scene that does without; None where all do."""
    seen = [None if one is None else one.place for one in guides]
    known = next((one for one in seen if one is not None), None)
    if known is None:
        return None
    return _stack([np.zeros_like(known) if one is None else one for one in seen])


def _check_sizes(prepared: Sequence[Prepared]) -> None:
    first = prepared[0]
    for other in prepared[1:]:
        for what, one, two in (
            ("aerial image", first.aerial, other.aerial),
            ("crop of the series", first.series, other.series),
        ):
            if one.shape != two.shape:
                raise SceneError(
                    f"the {what} has {two.shape[-2]} x {two.shape[-1]} pixels, that of "
                    f"{first.scene_id} {one.shape[-2]} x {one.shape[-1]}",
                    where=other.scene_id,
                    expected="scenes of one size in a training set",
                    advice="leave it out of the training, or cut all scenes to one size",
                )


def _whole_crop(prepared: Prepared) -> tuple[Window, Window, np.ndarray]:
    """`down` and `up` on the whole LR crop, so that scenes of other phases fit into one batch.

    Returns:
        `down` with zero rows for pixels outside the footprint, `up` with zero columns for them,
        and the mask of those inside, h w.
    """
    windows, (height, width) = prepared.windows, prepared.series.shape[-2:]
    rows, cols = windows.inside
    inside = np.zeros((height, width), dtype=bool)
    inside[rows, cols] = True

    def spread(matrix: np.ndarray, taken: slice, size: int) -> np.ndarray:
        whole = np.zeros((*matrix.shape[:-2], size, matrix.shape[-1]), np.float32)
        whole[..., taken, :] = matrix
        return whole

    down = Window(spread(windows.down.rows, rows, height), spread(windows.down.cols, cols, width))
    up = Window(spread(windows.up.rows.T, rows, height).T, spread(windows.up.cols.T, cols, width).T)
    return down, up, inside
