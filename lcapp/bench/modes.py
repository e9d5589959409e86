"""Ways to run the denoiser: number type, order of memory, launched, compiled or recorded."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lcapp.families.tsrdiff.series_denoiser import SeriesDenoiser, at_precision
from lcapp.models.denoiser import Denoiser


@dataclass(frozen=True)
class Mode:
    """A way to run it.

    Attributes:
        name: For the table.
        dtype: In which the network computes.
        channels_last: Channels side by side in memory, or pixels.
        autocast: Weights stay float32 and are converted in every step.
        graph: One CUDA graph a step.
        compile: Through `torch.compile`.
    """

    name: str
    dtype: torch.dtype = torch.float32
    channels_last: bool = True
    autocast: bool = False
    graph: bool = False
    compile: bool = False


_BF16 = torch.bfloat16
_EVERYWHERE = (
    Mode("float32, channels first", channels_last=False),
    Mode("float32"),
    Mode("bfloat16", _BF16),
)
MODES = {
    "cpu": _EVERYWHERE,
    "cuda": (
        *_EVERYWHERE,
        Mode("bfloat16 by autocast", _BF16, autocast=True),
        Mode("bfloat16, graph", _BF16, graph=True),
        Mode("bfloat16, compiled", _BF16, compile=True),
        Mode("bfloat16, compiled, graph", _BF16, compile=True, graph=True),
    ),
}
"""Those worth a comparison, by kind of device; channels last unless their name says first.

The pipeline runs `float32` on a CPU, and on a GPU `bfloat16` in short walks, with a graph in long.
"""


def denoiser_in(
    mode: Mode, network: Denoiser, levels: list[Tensor]
) -> Callable[[Tensor, int], Tensor]:
    """`(x, k) -> eps` that runs `network` in that way.

    Args:
        mode: The way.
        network: In evaluation mode, float32, channels last; stays as it is.
        levels: z of the epochs.

    Raises:
        RuntimeError: The device or the installation cannot do it; it may say so only when called.
    """
    if mode.autocast:
        return _autocast(network, mode.dtype, levels)
    layout = torch.channels_last if mode.channels_last else torch.contiguous_format
    own = at_precision(network, mode.dtype)
    if not mode.channels_last:
        own = copy.deepcopy(own).to(memory_format=layout)  # type: ignore[call-overload]
    # Compiled without graphs of the compiler's own, so that both can be told apart.
    run = torch.compile(own, fullgraph=True, dynamic=False) if mode.compile else own
    denoise = SeriesDenoiser(run, levels, dtype=mode.dtype, layout=layout)
    if mode.graph:
        denoise.record(network.config.bands)
    return denoise


def _autocast(
    network: Denoiser, dtype: torch.dtype, levels: list[Tensor]
) -> Callable[[Tensor, int], Tensor]:
    def denoise(x: Tensor, k: int) -> Tensor:
        with torch.autocast(x.device.type, dtype):
            step = torch.full((1,), k, device=x.device)
            return network(x, step, levels).float()  # type: ignore[no-any-return]

    return denoise
