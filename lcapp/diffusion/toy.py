"""A diffusion in two dimensions that is trained in seconds and watched: points of two half moons.

Everything but the network is what the months go through: the schedule with its preconditioning
(Karras et al., 2022), keyed noise, and `samplers.sample`, for which a cloud of N points is one
image of two channels and N x 1 pixels. A first network learns to denoise. A second one is told by
it where each of many paths ends, and learns to answer that from anywhere on the path (distillation;
what consistency models learn by themselves, Song et al., 2023), which is what the sampler
`consistency` asks for.
"""

import math
import threading
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.noise import KeyedNoise, keyed_generator
from lcapp.diffusion.samplers import sample
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.errors import Cancelled
from lcapp.types import Floats
from lcapp.types.watched import Path, Snapshot, Toy

RADIUS, APART = 0.5, 0.2
"""Of a half circle; and how far the two are moved into one another. Both lie within [-1, 1]."""

WIDTH = 0.03
"""Standard deviation of the points around their half circle."""

POINTS = 240
"""Drawn by each sampler."""

PATHS: dict[str, tuple[int, ...]] = {
    "ddim": (1, 2, 3, 4, 8, 16, 32),
    "dpm++": (1, 2, 3, 4, 8, 16, 32),
    "consistency": (1, 2, 3, 4),
}
"""Steps that are taken by the samplers that can take few."""

_ROUNDS, _LEAP_ROUNDS, _BATCH = 1400, 450, 256
_SNAPSHOTS = (0, 25, 50, 100, 200, 400, 800, _ROUNDS)
_WHOLE = 96
"""Steps of the path that the others are held against; more change its end by less than 0.01."""

_KEPT = 60
"""Places of a longer path that are kept."""


def moons(count: int, generator: torch.Generator) -> Tensor:
    """N 2: points around two half circles that reach into one another."""
    turn = math.pi * torch.rand(count, generator=generator)
    upper = torch.arange(count) % 2 == 0
    sign = torch.where(upper, 1.0, -1.0)
    x = sign * (RADIUS * torch.cos(turn) - RADIUS / 2)
    y = sign * (RADIUS * torch.sin(turn) - APART / 2)
    return torch.stack([x, y], 1) + WIDTH * torch.randn(count, 2, generator=generator)


def off_moons(points: Floats) -> Floats:
    """N: how far points (N 2) lie from the nearer of the two half circles."""
    away = []
    for sign in (1, -1):
        x, y = sign * points[:, 0] + RADIUS / 2, sign * points[:, 1] + APART / 2
        beyond = np.hypot(np.abs(x) - RADIUS, y)  # past an end
        away.append(np.where(y >= 0, np.abs(np.hypot(x, y) - RADIUS), beyond))
    found: Floats = np.minimum(*away).astype(np.float32)
    return found


def trained_toy(
    seed: int = 0,
    *,
    on_step: Callable[[int, int], None] | None = None,
    cancel: threading.Event | None = None,
) -> Toy:
    """Train both networks and send the points down every path: some 4 s on one core.

    Args:
        seed: Of the noise that the samplers begin with; the networks are the same for every seed.
        on_step: Called with rounds done and rounds in all.
        cancel: Looked at in each round.

    Raises:
        Cancelled: `cancel` was set.
    """
    total = _ROUNDS + _LEAP_ROUNDS

    def step(done: int) -> None:
        if cancel is not None and cancel.is_set():
            raise Cancelled("the toy was cancelled", where=f"round {done} of {total}")
        if on_step is not None and done % 20 == 0:
            on_step(done, total)

    with torch.inference_mode(False), torch.enable_grad():
        data = moons(4096, keyed_generator("toy", "data"))
        # Preconditioned by the deviation of the data, as a denoiser of months is.
        deviation = float(data.std(0).mean())
        schedule = CosineSchedule(DiffusionConfig(residual_deviation=deviation))
        denoiser, learning = _denoiser(data, schedule, seed, step)
        leaper = _leaper(denoiser, schedule, lambda done: step(_ROUNDS + done))
    whole = _walked(denoiser, schedule, "ddim", _WHOLE, seed)
    end = whole.places[-1]
    ancestral = _walked(denoiser, schedule, "ancestral", len(schedule), seed, end)
    ways = {
        (sampler, steps): _walked(
            leaper if sampler == "consistency" else denoiser, schedule, sampler, steps, seed, end
        )
        for sampler, counts in PATHS.items()
        for steps in counts
    }
    return Toy(seed, data[:600].numpy(), learning, whole, ancestral, ways)


class _Network(nn.Module):
    """Two coordinates and k to two coordinates, in units of the schedule's preconditioning."""

    def __init__(self, schedule: CosineSchedule) -> None:
        super().__init__()
        self._angles = torch.acos(schedule.alphas_bar.sqrt()).float()
        self.layers = nn.Sequential(
            nn.Linear(20, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 64),
            nn.SiLU(), nn.Linear(64, 2),
        )  # fmt: skip

    def forward(self, x: Tensor, k: Tensor) -> Tensor:
        """N 2 of points (N 2) at steps k (N)."""
        # Waves of several lengths: from x alone so small a network draws no line as thin as a moon.
        place = (x[:, :, None] * torch.tensor([2.0, 4.0, 8.0])).flatten(1)
        turn = self._angles[k][:, None] * torch.tensor([1.0, 2.0, 4.0])
        waves = [wave for angle in (place, turn) for wave in (angle.sin(), angle.cos())]
        found: Tensor = self.layers(torch.cat([x, *waves], 1))
        return found

    def of_image(self, x: Tensor, k: int) -> Tensor:
        """As a sampler asks: 1 2 N 1."""
        points = x[0, :, :, 0].T
        with torch.inference_mode():
            found = self(points, torch.full((len(points),), k))
        image: Tensor = found.T[None, :, :, None]
        return image


def _answer(schedule: CosineSchedule, x: Tensor, k: Tensor, x0: Tensor) -> Tensor:
    """What the network has to say for the estimate of x_0 to be that one: N 2."""
    signal = schedule.signal(k)[:, None]
    noise = (x - signal.sqrt() * x0) / (1 - signal).sqrt()
    zero = schedule.noise(torch.zeros_like(x)[..., None, None], x[..., None, None], k)[..., 0, 0]
    return (noise - zero) / schedule.answer_deviation(k)[:, None]


def _fitted(
    network: _Network,
    rounds: int,
    batch: Callable[[], tuple[Tensor, Tensor, Tensor]],
    done: Callable[[int], None],
) -> None:
    """Adam on the mean square of what the network misses, its rate falling to 0.

    Args:
        network: It.
        rounds: Of training.
        batch: Points, steps and answers.
        done: Called with the rounds that are done, from 0 to the last.
    """
    adam = torch.optim.Adam(network.parameters(), lr=4e-3, fused=True)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(adam, rounds)
    for number in range(rounds):
        done(number)
        x, k, answer = batch()
        missed = (network(x, k) - answer).square().mean()
        adam.zero_grad()
        missed.backward()
        adam.step()
        decay.step()
    done(rounds)


def _fresh(schedule: CosineSchedule, name: str) -> _Network:
    # The layers draw from the global generator: it is left as it was.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keyed_generator("toy", name).initial_seed())
        return _Network(schedule)


def _denoiser(
    data: Tensor, schedule: CosineSchedule, seed: int, step: Callable[[int], None]
) -> tuple[_Network, tuple[Snapshot, ...]]:
    network, drawn = _fresh(schedule, "denoiser"), keyed_generator("toy", "training")
    learning: list[Snapshot] = []

    def batch() -> tuple[Tensor, Tensor, Tensor]:
        x0 = data[torch.randint(len(data), (_BATCH,), generator=drawn)]
        # Little noise more often than much: the shape of the moons is learnt there.
        share = torch.rand(_BATCH, generator=drawn) ** 1.5
        k = (share * len(schedule)).long()
        noise = torch.randn(_BATCH, 2, generator=drawn)
        signal = schedule.signal(k)[:, None]
        x = signal.sqrt() * x0 + (1 - signal).sqrt() * noise
        return x, k, _answer(schedule, x, k, x0)

    def done(number: int) -> None:
        step(number)
        if number in _SNAPSHOTS:
            drawn_now = _walked(network, schedule, "ddim", 24, seed)
            learning.append(Snapshot(number, drawn_now.places[-1], drawn_now.off))

    _fitted(network, _ROUNDS, batch, done)
    return network, tuple(learning)


def _leaper(denoiser: _Network, schedule: CosineSchedule, step: Callable[[int], None]) -> _Network:
    """A second network, which begins as the first and learns where its paths end."""
    network, drawn = _fresh(schedule, "leaper"), keyed_generator("toy", "leaps")
    network.load_state_dict(denoiser.state_dict())
    path = _walked(denoiser, schedule, "ddim", 48, -1, points=4096)
    places, ks = torch.from_numpy(path.places), torch.tensor(path.k)
    end = places[-1]

    def batch() -> tuple[Tensor, Tensor, Tensor]:
        point = torch.randint(len(end), (_BATCH,), generator=drawn)
        at = torch.randint(len(ks), (_BATCH,), generator=drawn)
        x, k = places[at, point], ks[at]
        return x, k, _answer(schedule, x, k, end[point])

    _fitted(network, _LEAP_ROUNDS, batch, step)
    return network


def _walked(
    network: _Network,
    schedule: CosineSchedule,
    sampler: str,
    steps: int,
    seed: int,
    whole: Floats | None = None,
    points: int = POINTS,
) -> Path:
    """Points sent down the path of a sampler, held against the ends of the whole path (N 2)."""
    ks: list[int] = []
    places: list[Floats] = []

    def note(k: int, x: Tensor, x0: Tensor) -> None:
        ks.append(k)
        places.append(x[0, :, :, 0].T.numpy().copy())

    found = sample(
        network.of_image,
        (1, 2, points, 1),
        (0,),
        schedule=schedule,
        noise=KeyedNoise(seed, "toy"),
        sampler=sampler,
        steps=steps,
        device="cpu",
        on_estimate=note,
    )
    end = found.x0[0, :, :, 0].T.numpy()
    kept = range(len(ks))
    if len(ks) > 2 * _KEPT:
        kept = np.linspace(0, len(ks) - 1, _KEPT).round().astype(int).tolist()
    beside = 0.0 if whole is None else float(np.hypot(*(end - whole).T).mean())
    return Path(
        tuple(ks[at] for at in kept),
        np.stack([*(places[at] for at in kept), end]).astype(np.float32),
        float(off_moons(end).mean()),
        beside,
    )
