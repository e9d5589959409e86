"""How to build the network from a seed, and what its parts count."""

from collections.abc import Mapping
from functools import lru_cache

import torch

from lcapp.families.family import Count
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import FUSION_KINDS, TSRDiffConfig, with_options
from lcapp.families.tsrdiff.u_tae_d import UTAED
from lcapp.models.initialise import initialise_parts


def build(
    config: TSRDiffConfig, seed: int, *, training_parts: bool = True, pretrain_head: bool = False
) -> TSRDiff:
    """A network with initial weights that depend on `seed` and on nothing else.

    The global generator is left as it was.

    Args:
        config: Sizes.
        seed: Of the initial weights.
        training_parts: Build D_SR.
        pretrain_head: Build the pre-training head.
    """
    # Layers draw from the global generator when they are made; those weights are replaced.
    with torch.random.fork_rng(devices=[]):
        network = network_of(config, training_parts=training_parts, pretrain_head=pretrain_head)
    initialise_parts(network, seed)
    return network


def network_of(
    config: TSRDiffConfig, *, training_parts: bool = True, pretrain_head: bool = False
) -> TSRDiff:
    """The network that has these sizes; as `TSRDiff`."""
    kind = UTAED if config.utt else TSRDiff
    return kind(config, training_parts=training_parts, pretrain_head=pretrain_head)


def parameters_by_part(network: torch.nn.Module) -> dict[str, int]:
    """Number of parameters of each part, in the order of the network."""
    return {
        name: sum(parameter.numel() for parameter in part.parameters())
        for name, part in network.named_children()
    }


@lru_cache(maxsize=8)
def whole_and_branch(config: TSRDiffConfig) -> tuple[int, int]:
    """The parameters as Table 2 counts them: with D_SR, and of the HR branch alone."""
    with torch.device("meta"):  # shapes alone: no weight is drawn
        parts = parameters_by_part(network_of(config))
    return sum(parts.values()), _branch(parts)


def _branch(parts: Mapping[str, int]) -> int:
    """Parameters of what reads the aerial image."""
    return sum(parts.get(name, 0) for name in ("hr_encoder", "hr_decoder", "unet"))


def count_parameters(config: TSRDiffConfig) -> tuple[Count, ...]:
    """The parameters of each part, and what the paper's Table 2 and Table 4 compare.

    The figures of the paper stand beside the network of its size, whichever `config` is.

    Args:
        config: Sizes.

    Returns:
        The parts in the order of the network; their total (Ours); the HR branch alone (MaxViT);
        the totals with the other kinds of fusion.
    """
    if config.utt:
        with torch.device("meta"):
            parts = parameters_by_part(network_of(config))
        counts = (Count(name, parameters) for name, parameters in parts.items())
        return (*counts, Count("total", sum(parts.values()), 70.2e6))
    with torch.device("meta"):  # shapes alone: no weight is drawn
        parts = parameters_by_part(TSRDiff(config))
        totals = {
            kind: sum(parameters_by_part(TSRDiff(with_options(config, fusion=kind))).values())
            for kind in FUSION_KINDS
        }
    own = config.fusion.kind
    return (
        *(Count(name, parameters) for name, parameters in parts.items()),
        Count(f"total, fusion by {own}", totals.pop(own), 127.0e6 if own == "attention" else None),
        Count("HR branch alone", _branch(parts), 40.5e6),
        *(Count(f"total, fusion by {kind}", total) for kind, total in totals.items()),
    )
