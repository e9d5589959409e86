"""Step 4, in two dimensions: how the toy learns, the paths of its samplers, and what steps buy."""

import math

import numpy as np

from lcapp.language import tr
from lcapp.types.watched import Path, Toy
from lcapp.views.learn.drawing import Curves, Line
from lcapp.views.learn.slides import FOLLOWED, Chart, Cloud, Slides

_STOPS = 50
"""Of the slider of the paths, and one for the end."""

_WANDERING = 2
"""How many points draw their path where new noise throws them about."""


def steps_of(toy: Toy) -> tuple[int, ...]:
    """Numbers of steps that may be asked for."""
    return tuple(sorted({steps for _, steps in toy.paths}))


def ways_of(toy: Toy, steps: int) -> dict[str, tuple[int, Path]]:
    """Sampler to its number of steps and its path, those with fewer by the most that they have."""
    found = {"ancestral": (len_of(toy), toy.ancestral)}
    for sampler in dict.fromkeys(name for name, _ in toy.paths):
        own = max(count for name, count in toy.paths if name == sampler and count <= steps)
        found[sampler] = (own, toy.paths[sampler, own])
    return found


def len_of(toy: Toy) -> int:
    """Steps of the ancestral walk."""
    return toy.ancestral.k[0] + 1


def path_slides(toy: Toy, steps: int) -> Slides:
    """The samplers side by side on one slider: the timestep that each has come down to.

    Args:
        toy: Trained.
        steps: Of those that can take few.
    """
    stops = np.linspace(toy.ancestral.k[0], 0, _STOPS).round().astype(int).tolist()
    panels = [
        Cloud(
            tr("{sampler}, {steps} steps", sampler=sampler, steps=own)
            if own > 1
            else tr("{sampler}, one step", sampler=sampler),
            path.places,
            # The place from which the step under way has begun; at the very end, where it leads.
            (*(_begun(path, k) for k in stops), len(path.k)),
            toy.data,
            None if sampler == "ancestral" else toy.whole.places,
            (tr("In the end {off:.2f} beside the moons on average", off=path.off),),
            # Ways that go to and fro: more of them would hide one another.
            _WANDERING if sampler in ("ancestral", "consistency") and own > 1 else FOLLOWED,
        )
        for sampler, (own, path) in ways_of(toy, steps).items()
    ]
    return Slides(
        tr("Timestep"),
        (*(f"k = {k}" for k in stops), tr("the end")),
        tuple(panels),
        milliseconds=90,
    )


def _begun(path: Path, k: int) -> int:
    return max(0, sum(one >= k for one in path.k) - 1)


def learning_slides(toy: Toy) -> Slides:
    """What the network draws after more and more rounds of training."""
    rounds = [one.rounds for one in toy.learning]
    off = [one.off for one in toy.learning]
    at = [math.log2(1 + one / 25) for one in rounds]
    most = 1.1 * max(off)
    curves = Curves(
        (Line(tr("mean distance from the moons"), at, off, marked=True),),
        tr("rounds of training"),
        (-0.2, at[-1] + 0.2),
        tuple((place, str(one)) for place, one in list(zip(at, rounds, strict=True))[::2]),
        (0.0, most),
        tuple((share * most, tr("{share:.2f}", share=share * most)) for share in (0.0, 0.5, 1.0)),
    )
    return Slides(
        tr("Training"),
        tuple(tr("after {rounds} rounds", rounds=one) for one in rounds),
        (
            Cloud(
                tr("Drawn by the network"),
                np.stack([one.points for one in toy.learning]),
                tuple(range(len(rounds))),
                toy.data,
                notes=tuple(tr("{off:.2f} beside the moons on average", off=one) for one in off),
                followed=0,
            ),
            Chart(tr("How well it draws"), curves, tuple(at)),
        ),
        milliseconds=500,
    )


def steps_curves(toy: Toy) -> Curves:
    """How far from the moons the points end, by the number of steps."""
    lines = []
    for sampler in dict.fromkeys(name for name, _ in toy.paths):
        counts = sorted(count for name, count in toy.paths if name == sampler)
        off = [toy.paths[sampler, count].off for count in counts]
        lines.append(Line(sampler, [math.log2(count) for count in counts], off, marked=True))
    ends = (0.0, math.log2(steps_of(toy)[-1]))
    whole = tr("ancestral, all {steps} steps", steps=len_of(toy))
    lines.append(Line(whole, ends, [toy.ancestral.off] * 2))
    most = 0.25
    return Curves(
        tuple(lines),
        tr("steps"),
        (-0.2, ends[1] + 0.2),
        tuple((math.log2(count), str(count)) for count in (1, 2, 4, 8, 16, 32)),
        (0.0, most),
        tuple((share, tr("{share:.2f}", share=share)) for share in (0.0, 0.05, 0.1, 0.15, 0.2)),
    )
