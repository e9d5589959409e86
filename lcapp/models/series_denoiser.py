"""eps_w for one series: z is fixed, every epoch is at the same k, and no gradient is wanted.

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
    """The noise in the epochs of one series. Called inside `torch.inference_mode()`.

    Args:
        network: `(x, k, levels) -> eps`: a `Denoiser` in evaluation mode, or one compiled.
        levels: z of these epochs, level l: N C_l H_l W_l, on the device of the network.
        dtype: Type of the network's weights, in which it computes.
        graph: Record a CUDA graph on the first call; the shape of x may not change after it.
    """

    def __init__(
        self,
        network: Callable[[Tensor, Tensor, list[Tensor]], Tensor],
        levels: Sequence[Tensor],
        *,
        dtype: torch.dtype = torch.float32,
        graph: bool = False,
    ) -> None:
        self._network = network
        self._levels = [z.to(dtype, memory_format=torch.channels_last) for z in levels]
        self._dtype = dtype
        self._record = graph
        self._graph: torch.cuda.CUDAGraph | None = None
        self._x = self._eps = torch.empty(0)
        self._k = torch.zeros(1, dtype=torch.int64, device=levels[0].device)

    def __call__(self, x: Tensor, k: int) -> Tensor:
        """eps (N C H W, float32) of x (N C H W) at the 0-based step k.

        Raises:
            RuntimeError: The graph cannot be recorded on this device.
        """
        self._k.fill_(k)
        if not self._record:
            return self._evaluate(x)
        if self._graph is None:
            self._graph = self._recorded(x)
        self._x.copy_(x)
        self._graph.replay()
        return self._eps.clone()  # the next replay writes over it

    def _evaluate(self, x: Tensor) -> Tensor:
        # The types are settled here; autocast would turn every group norm back to float32.
        with torch.autocast(x.device.type, enabled=False):
            return self._network(x.to(self._dtype), self._k, self._levels).float().contiguous()

    def _recorded(self, x: Tensor) -> torch.cuda.CUDAGraph:
        """The graph of one evaluation, from `_x` and `_k` to `_eps`."""
        if x.device.type != "cuda":
            raise RuntimeError(f"a CUDA graph needs a CUDA device, not {x.device}")
        with torch.cuda.device(x.device):
            self._x = x.clone()
            aside = torch.cuda.Stream()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(_WARM_UP):
                    self._evaluate(self._x)
            torch.cuda.current_stream().wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            # Other threads of the app may use the GPU meanwhile.
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._eps = self._evaluate(self._x)
        return graph
