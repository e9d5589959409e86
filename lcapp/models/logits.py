"""From a network's answer to arrays."""

import torch

from lcapp.types import Floats


def to_numpy(tensor: torch.Tensor) -> Floats:
    """A float32 array on the CPU, whatever the tensor's device and precision."""
    return tensor.detach().float().cpu().numpy()


def probabilities(logits: Floats) -> Floats:
    """K H W logits to K H W probabilities."""
    return to_numpy(torch.from_numpy(logits).softmax(0))
