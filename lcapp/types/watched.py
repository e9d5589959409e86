"""Diffusion as it is watched: a picture on its way into noise, points on their way out of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from lcapp.types.arrays import Floats


@dataclass(frozen=True, eq=False)
class Forward:
    """A picture on its way into noise: x_k = sqrt(abar_k) x_0 + sqrt(1 - abar_k) noise.

    Attributes:
        k: (S,) timesteps, ascending.
        signal: S C H W, the first term.
        noise: S C H W, the second.
        noisy: S C H W, x_k.
        signal_share: (K,) sqrt(abar) of the whole schedule.
        noise_share: (K,) sqrt(1 - abar).
    """

    k: tuple[int, ...]
    signal: Floats
    noise: Floats
    noisy: Floats
    signal_share: Floats
    noise_share: Floats


@dataclass(frozen=True, eq=False)
class Path:
    """The way of points in a plane by one sampler.

    Attributes:
        k: (S,) the timesteps at which the network was asked, descending.
        places: S+1 N 2, where the points were then; the end last.
        off: How far their ends lie from what the network was trained on, on average.
        beside: How far they lie from the ends of the noise-free path in small steps, on average.
    """

    k: tuple[int, ...]
    places: Floats
    off: float
    beside: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What the network of a toy had learnt.

    Attributes:
        rounds: Of training.
        points: N 2, drawn by it.
        off: As of `Path`.
    """

    rounds: int
    points: Floats
    off: float


@dataclass(frozen=True, eq=False)
class Toy:
    """A diffusion in two dimensions, trained, and the ways of its samplers, all from one noise.

    Attributes:
        seed: Of the noise that the samplers begin with.
        data: n 2, what it was trained on.
        learning: As it learnt.
        whole: The noise-free path in small steps, which few steps try to follow.
        ancestral: The whole schedule with noise in each step; some of its places are kept.
        paths: Sampler and number of steps to the path.
    """

    seed: int
    data: Floats
    learning: tuple[Snapshot, ...]
    whole: Path
    ancestral: Path
    paths: Mapping[tuple[str, int], Path]
