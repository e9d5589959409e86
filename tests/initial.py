"""A bundle of seeded initial weights: it runs like a trained one, and says that it is not."""

from dataclasses import asdict
from pathlib import Path

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.sizes import VARIANTS, TSRDiffConfig, with_options
from lcapp.families.tsrdiff.weights import save
from lcapp.hub.config import BundleConfig
from lcapp.models.sizes import (
    DenoiserConfig,
    FusionConfig,
    HRConfig,
    MaxViTConfig,
    TConvFormerConfig,
    TemporalConfig,
)
from lcapp.prepare.inputs import InputSpec

SMALLEST = TSRDiffConfig(
    encoder=TConvFormerConfig(
        widths=(8, 16, 32), layer=MaxViTConfig(head_width=8), temporal=TemporalConfig(heads=2)
    ),
    denoiser=DenoiserConfig(width=8),
    hr=HRConfig(
        stem_width=8,
        widths=(8, 16, 16, 32),
        depths=(1, 1, 1, 1),
        head_width=8,
        partition=2,
        decoder_width=16,
        decoder_heads=2,
    ),
    fusion=FusionConfig(heads=2),
    upernet_width=16,
)
"""All parts of the network, a sixth of the parameters of `tiny`: where size is weight."""


def write_initial_bundle(
    path: Path | str, variant: str = "tiny", seed: int = 0, *, guided: bool = False
) -> None:
    """Write a bundle of initial weights.

    Args:
        path: Folder to write; its name becomes the bundle's.
        variant: Key of `VARIANTS`, or `smallest`.
        seed: Seed of the weights.
        guided: Its denoiser sees the aerial image, and begins with guided upsampling.
    """
    sizes = SMALLEST if variant == "smallest" else VARIANTS[variant]
    sizes = with_options(sizes, guide="aerial" if guided else "none")
    config = BundleConfig(
        name=Path(path).name,
        variant=variant,
        network=asdict(sizes),
        inputs=InputSpec(),
        classes=FLAIR2.name,
        diffusion=DiffusionConfig(base="guided" if guided else "bicubic"),
        trained=False,
        provenance=(
            f"Initial weights, random with seed {seed}; not trained on anything. "
            "The maps it makes mean nothing; it is there to show that everything runs."
        ),
        licence="none needed: the weights are random numbers",
        figures={},
    )
    save(path, build(sizes, seed, training_parts=False), config)
