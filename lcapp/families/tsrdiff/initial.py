"""A bundle of seeded initial weights: it runs like a trained one, and says that it is not."""

from dataclasses import asdict
from pathlib import Path

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.families.tsrdiff.weights import save
from lcapp.hub.config import BundleConfig
from lcapp.prepare.inputs import InputSpec


def write_initial_bundle(path: Path | str, variant: str = "tiny", seed: int = 0) -> None:
    """Write a bundle of initial weights.

    Args:
        path: Folder to write; its name becomes the bundle's.
        variant: Key of `models.catalogue.VARIANTS`.
        seed: Seed of the weights.

    Raises:
        BundleError: Unknown variant, or the folder cannot be written.
    """
    from lcapp.families.tsrdiff.catalogue import build
    from lcapp.families.tsrdiff.sizes import VARIANTS

    if variant not in VARIANTS:
        raise BundleError(f"unknown variant {variant!r}", expected=", ".join(VARIANTS))
    network = build(VARIANTS[variant], seed, training_parts=False)
    config = BundleConfig(
        name=Path(path).name,
        variant=variant,
        network=asdict(VARIANTS[variant]),
        inputs=InputSpec(),
        classes=FLAIR2.name,
        diffusion=DiffusionConfig(),
        trained=False,
        provenance=(
            f"Initial weights, random with seed {seed}; not trained on anything. "
            "The maps it makes mean nothing; it is there to show that everything runs."
        ),
        licence="none needed: the weights are random numbers",
        figures={},
    )
    save(path, network, config)
