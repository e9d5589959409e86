"""eps_w for one series: z is fixed, every month is at the same k, and no gradient is wanted.

A step of the walk is some 250 small kernels. Launched one by one from Python they take longer than
a GPU needs to compute them; recorded once as a CUDA graph they are launched as one.
"""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lcapp.models.denoiser import Denoiser

_WARM_UP = 3
"""Evaluations before the recording: cuDNN and cuBLAS take their workspaces in the first ones."""


def at_precision(denoiser: Denoiser, dtype: torch.dtype) -> Denoiser:
    """The denoiser with weights of that type: itself where they are, else a copy of it.

    Autocast would convert every weight again in every step.
    """
    if next(denoiser.parameters()).dtype == dtype:
        return denoiser
    return copy.deepcopy(denoiser).requires_grad_(False).to(dtype)


class SeriesDenoiser:
    """The noise in the months of one series. Called inside `torch.inference_mode()`.

    Args:
        network: `(x, k, levels, guide) -> eps`: a `Denoiser` in evaluation mode, or one compiled.
        levels: z of these months, level l: N C_l H_l W_l, on the device of the network.
        guide: N G H W of these months, likewise; None: the denoiser does without.
        dtype: Type of the network's weights, in which it computes.
        layout: Order of the network's weights in memory.
    """

    def __init__(
        self,
        network: Callable[[Tensor, Tensor, list[Tensor], Tensor | None], Tensor],
        levels: Sequence[Tensor],
        guide: Tensor | None = None,
        *,
        dtype: torch.dtype = torch.float32,
        layout: torch.memory_format = torch.channels_last,
    ) -> None:
        self._network = network
        self._levels = [z.to(dtype).contiguous(memory_format=layout) for z in levels]
        self._guide = None if guide is None else guide.to(dtype)
        self._dtype = dtype
        self._graph: torch.cuda.CUDAGraph | None = None
        self._x = self._eps = torch.empty(0)
        self._k = torch.zeros(1, dtype=torch.int64, device=levels[0].device)

    def __call__(self, x: Tensor, k: int) -> Tensor:
        """The noise (N C H W, float32) in x (N C H W) at the 0-based step k."""
        self._k.fill_(k)
        if self._graph is None:
            return self._evaluate(x)
        self._x.copy_(x)
        self._graph.replay()
        return self._eps.clone()  # the next replay writes over it

    def record(self, bands: int) -> None:
        """Record an evaluation as a CUDA graph, which all later calls replay.

        Args:
            bands: C of x; its other sizes are those of the finest z.

        Raises:
            RuntimeError: Not on this device; calls launch their kernels one by one as before.
        """
        months, _, height, width = self._levels[0].shape
        device = self._levels[0].device
        if device.type != "cuda":
            raise RuntimeError(f"a CUDA graph needs a CUDA device, not {device}")
        with torch.cuda.device(device):
            before, aside = torch.cuda.current_stream(), torch.cuda.Stream()
            aside.wait_stream(before)
            # Around the recording as well: it leaves its stream in use if it fails.
            with torch.cuda.stream(aside):
                self._x = torch.zeros(months, bands, height, width, device=device)
                for _ in range(_WARM_UP):
                    self._evaluate(self._x)
                graph = torch.cuda.CUDAGraph()
                # Other threads of the app may use the GPU meanwhile.
                with torch.cuda.graph(graph, stream=aside, capture_error_mode="thread_local"):
                    self._eps = self._evaluate(self._x)
            before.wait_stream(aside)
        self._graph = graph

    def _evaluate(self, x: Tensor) -> Tensor:
        # The types are settled here; autocast would turn every group norm back to float32.
        with torch.autocast(x.device.type, enabled=False):
            return (
                self._network(x.to(self._dtype), self._k, self._levels, self._guide)
                .float()
                .contiguous()
            )
