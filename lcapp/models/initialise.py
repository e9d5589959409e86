"""First weights of any network of this room, drawn from one explicit generator.

Convolutions: normal after He et al. (2015), with the number of inputs that reach one output value.
Their factor 2 makes up for the half that a rectifier cuts off, so that convolutions on a residual
path, which no rectifier precedes, go without it. With it there, the denoiser's trunk grew to a
deviation of 366, and the first skip, which alone still holds the noise pixel by pixel, went under:
the network could not learn a thing.
Linear layers and position biases: normal with standard deviation 0.02, cut off at two of them
(Tu et al., 2022). Biases 0, norms the identity. No value comes from torch's global generator.
"""

import hashlib
import math

import torch
from torch import Generator, Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

LINEAR_STD = 0.02
POSITION_TABLES = frozenset({"relative_position_bias_table"})
QUERIES = "Q"
"""Name of U-TAE's learnt queries, heads x d; their deviation is the root of 2 / d."""

START_AT_ZERO = frozenset({"balance", "log_closeness"})
"""Names of learnt scalars whose neutral value is 0."""

RESIDUAL_PATHS = frozenset({"shortcut", "resample"})
"""Names of modules through which a sum of residuals passes on without an activation before it."""


def initialise_parts(network: nn.Module, seed: int | str) -> None:
    """Set every part of a network anew, in place, by weights that depend on the seed alone.

    Each part draws from its own generator, so that it has the same weights whichever others are
    built beside it.
    """
    for name, part in network.named_children():
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        initialise(part, torch.Generator().manual_seed(int.from_bytes(digest[:7], "big")))


@torch.no_grad()
def initialise(network: nn.Module, generator: Generator) -> None:
    """Set every parameter and every batch statistic of a network anew, in place.

    Modules are visited in the order of their definition, values drawn on the CPU, so that a seed
    gives the same weights on every device.

    Args:
        network: Any module tree; a parameter that it uses twice is drawn twice, the last counts.
        generator: On the CPU.

    Raises:
        TypeError: A parameter or a saved buffer of a kind that has no rule here.
    """
    for path, module in network.named_modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
        elif saved := _saved_buffers(module):
            raise TypeError(f"{path}: no rule for the buffers {sorted(saved)}")
        for name, parameter in module.named_parameters(recurse=False):
            _set(parameter, name, module, path, generator)


def _set(parameter: Tensor, name: str, module: nn.Module, path: str, generator: Generator) -> None:
    if isinstance(module, _BatchNorm | nn.LayerNorm | nn.GroupNorm) and name == "weight":
        parameter.fill_(1.0)
    elif isinstance(module, _ConvNd) and name == "weight":
        draw = torch.empty(parameter.shape).normal_(generator=generator)
        gain = 1 if RESIDUAL_PATHS & set(path.split(".")) else 2
        parameter.copy_(draw * math.sqrt(gain / _inputs(module)))
    elif (isinstance(module, nn.Linear) and name == "weight") or name in POSITION_TABLES:
        draw = nn.init.trunc_normal_(
            torch.empty(parameter.shape),
            std=LINEAR_STD,
            a=-2 * LINEAR_STD,
            b=2 * LINEAR_STD,
            generator=generator,
        )
        parameter.copy_(draw)
    elif name == QUERIES:
        draw = torch.empty(parameter.shape).normal_(generator=generator)
        parameter.copy_(draw * math.sqrt(2 / parameter.shape[-1]))
    elif name == "bias" or name in START_AT_ZERO:
        parameter.zero_()
    else:
        raise TypeError(f"{path}.{name}: no rule for this parameter of {type(module).__name__}")


def _inputs(convolution: _ConvNd) -> float:
    """How many input values reach one output value."""
    taps = convolution.in_channels // convolution.groups * math.prod(convolution.kernel_size)
    if isinstance(convolution, _ConvTransposeNd):  # each output value meets every stride-th tap
        return taps / math.prod(convolution.stride)
    return taps


def _saved_buffers(module: nn.Module) -> set[str]:
    return set(dict(module.named_buffers(recurse=False))) & set(module.state_dict())
