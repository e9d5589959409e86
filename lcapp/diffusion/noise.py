"""Noise that depends on what it is for, never on where it stands in a batch (METHOD.md section 4).

Each image of noise has a generator of its own, seeded from a hash of the run's seed, the scene, the
calendar month and the step. Order of the months, absent months and the split into micro-batches
cannot change it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


def keyed_generator(*key: int | str) -> torch.Generator:
    """A generator on the CPU whose numbers depend on the key and on nothing else."""
    # JSON keeps the parts apart: ("a1", 2) and ("a", 12) are different texts.
    digest = hashlib.blake2b(json.dumps(key).encode(), digest_size=8).digest()
    # Always the CPU's generator: a GPU's would give other numbers for the same seed.
    return torch.Generator().manual_seed(int.from_bytes(digest, "little"))


@dataclass(frozen=True)
class KeyedNoise:
    """Standard normal noise, keyed.

    Attributes:
        seed: Seed of the run.
        scene_id: The scene it is for.
    """

    seed: int
    scene_id: str

    def __call__(self, month: int, step: int, shape: Sequence[int]) -> Tensor:
        """Noise of one month and step: `shape`, float32, on the CPU.

        Args:
            month: Calendar month, 1..12.
            step: 0-based k whose transition it enters; K for the initial x_K.
            shape: C H W.
        """
        generator = keyed_generator(self.seed, self.scene_id, month, step)
        return torch.randn(tuple(shape), generator=generator, dtype=torch.float32)
