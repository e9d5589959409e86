"""The highest rate of matrix multiplication that is measured here: what a network can hope for."""

import torch
from torch import Tensor

from lcapp.bench.machine import seconds_of

SIZES = {"cpu": (256, 512, 1024), "cuda": (2048, 4096, 8192)}
"""Sides of the square matrices."""


def peak(device: torch.device, dtype: torch.dtype, seconds: float) -> float:
    """FLOP/s of the fastest of several square products; a multiply-add counts as two.

    The same product is also put as a 1x1 convolution, because torch leaves the two to different
    libraries: on a CPU to MKL and oneDNN, of which on some processors one has half the other's
    rate; on a GPU to cuBLAS and cuDNN, of which only the second takes TF32 for float32 unasked.

    Args:
        device: Where.
        dtype: Type of the matrices.
        seconds: Time to spend in all.
    """
    sizes = SIZES[device.type]
    share = seconds / (2 * len(sizes))
    best = 0.0
    with torch.inference_mode():
        for size in sizes:
            generator = torch.Generator().manual_seed(size)
            a, b = (torch.randn(size, size, generator=generator) for _ in range(2))
            a, b = a.to(device, dtype), b.to(device, dtype)
            for way in (_product, _convolution):
                best = max(best, 2 * size**3 / way(a, b, device, share))
    return best


def _product(a: Tensor, b: Tensor, device: torch.device, seconds: float) -> float:
    out = torch.empty_like(a)
    return seconds_of(lambda: torch.mm(a, b, out=out), device, seconds)


def _convolution(a: Tensor, b: Tensor, device: torch.device, seconds: float) -> float:
    side = len(a)
    # Rows become the pixels of 16 images, as torch asks oneDNN for 1x1 kernels from 16 on only.
    images = a.reshape(16, side // 16, 1, side).permute(0, 3, 1, 2)  # 16 side side/16 1
    kernels = b[:, :, None, None].contiguous(memory_format=torch.channels_last)
    return seconds_of(lambda: torch.conv2d(images, kernels), device, seconds)
