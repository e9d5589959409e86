"""Named sizes of the network, and how to build one from a seed.

`paper` has the sizes of the paper's "Ours" (Table 2; 125.6 M parameters, METHOD.md section 3).
`tiny` has the same structure for two CPU cores.
"""

import hashlib

import torch

from lcapp.models.denoiser import DenoiserConfig
from lcapp.models.fusion import FusionConfig
from lcapp.models.hr_branch import HRConfig
from lcapp.models.initialise import initialise
from lcapp.models.maxvit_layer import MaxViTConfig
from lcapp.models.tconvformer import TConvFormerConfig
from lcapp.models.temporal import TemporalConfig
from lcapp.models.tsrdiff import TSRDiff, TSRDiffConfig

VARIANTS = {
    "paper": TSRDiffConfig(),
    "tiny": TSRDiffConfig(
        encoder=TConvFormerConfig(
            widths=(16, 32, 64),
            layer=MaxViTConfig(head_width=16),
            temporal=TemporalConfig(heads=2),
        ),
        denoiser=DenoiserConfig(width=16),
        hr=HRConfig(
            stem_width=24,
            widths=(32, 48, 96, 160),
            depths=(1, 1, 2, 1),
            head_width=16,
            partition=4,
            decoder_width=64,
            decoder_heads=4,
        ),
        fusion=FusionConfig(heads=4),
        upernet_width=64,
    ),
}


def build(
    config: TSRDiffConfig, seed: int, *, training_parts: bool = True, pretrain_head: bool = False
) -> TSRDiff:
    """A network with initial weights that depend on `seed` and on nothing else.

    Every part draws from its own generator, so that a part has the same weights whichever others
    are built beside it. The global generator is left as it was.

    Args:
        config: Sizes.
        seed: Of the initial weights.
        training_parts: Build D_SR.
        pretrain_head: Build the pre-training head.
    """
    # Layers draw from the global generator when they are made; those weights are replaced.
    with torch.random.fork_rng(devices=[]):
        network = TSRDiff(config, training_parts=training_parts, pretrain_head=pretrain_head)
    for name, part in network.named_children():
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        own_seed = int.from_bytes(digest[:7], "big")
        initialise(part, torch.Generator().manual_seed(own_seed))
    return network


def parameters_by_part(network: torch.nn.Module) -> dict[str, int]:
    """Number of parameters of each part, in the order of the network."""
    return {
        name: sum(parameter.numel() for parameter in part.parameters())
        for name, part in network.named_children()
    }
