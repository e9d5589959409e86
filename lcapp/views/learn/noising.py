"""Steps 3 and 4: a month on its way into noise, and out of it with two seeds side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lcapp.language import number, tr
from lcapp.prepare import Scaling, scale, unscale
from lcapp.types import Floats, SuperResolved
from lcapp.types.watched import Forward
from lcapp.views.imagery import amount_rgba, series_rgba
from lcapp.views.learn.drawing import Curves, Line
from lcapp.views.learn.slides import Chart, Pictures, Slides

WHOLE, DETAIL = "whole", "detail"
"""What is put into noise: the month itself, or what it has beyond its interpolation."""

_REACH = 0.05
"""A difference of reflectance that is drawn in full colour."""

Step = tuple[int, Floats, Floats]
"""k, the month with the noise of x_k, and what the network takes it to be: C Hs Ws, reflectance."""


def clean(sr: SuperResolved, month: int, scalings: Sequence[Scaling], what: str) -> Floats:
    """x_0 of a present month, C Hs Ws within [-1, 1].

    Args:
        sr: The series.
        month: 1..12.
        scalings: Of its bands.
        what: `WHOLE` or `DETAIL`.
    """
    image = _scaled(sr.reflectance[month - 1], scalings)
    if what == DETAIL:
        image = 2 * (image - _scaled(sr.bicubic[month - 1], scalings))
    found: Floats = image.clip(-1, 1)
    return found


def _scaled(image: Floats, scalings: Sequence[Scaling]) -> Floats:
    return np.stack([scale(band, of) for band, of in zip(image, scalings, strict=True)])


def meeting(found: Forward) -> int:
    """The first timestep that has more noise than signal."""
    return int((found.noise_share > found.signal_share).argmax())


def noising_slides(
    found: Forward, bands: Sequence[str], scalings: Sequence[Scaling], what: str
) -> Slides:
    """The two terms of x_k and their sum, and the schedule that they follow.

    Args:
        found: The way into noise.
        bands: Sentinel-2 names.
        scalings: Of these bands.
        what: As of `clean`.
    """

    def drawn(images: Floats) -> tuple[np.ndarray, ...]:
        return tuple(
            series_rgba(
                np.stack([unscale(band, of) for band, of in zip(one, scalings, strict=True)]),
                bands,
            )
            for one in images
        )

    length = len(found.signal_share)
    k = range(0, length, max(1, length // 100))
    curves = Curves(
        (
            Line(tr("share of signal"), k, found.signal_share[k].tolist()),
            Line(tr("share of noise"), k, found.noise_share[k].tolist()),
        ),
        tr("timestep k"),
        (0, length - 1),
        tuple((at, str(at)) for at in range(0, length, max(1, length // 5))),
        (0.0, 1.0),
        tuple((share, tr("{share:.2g}", share=share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )
    shares = [(found.signal_share[one], found.noise_share[one]) for one in found.k]
    return Slides(
        tr("Timestep"),
        tuple(f"k = {one}" for one in found.k),
        (
            Pictures(
                tr("Signal"),
                drawn(found.signal),
                tuple(
                    tr("{share:.2f} × the detail", share=signal)
                    if what == DETAIL
                    else tr("{share:.2f} × the month", share=signal)
                    for signal, _ in shares
                ),
            ),
            Pictures(
                tr("+ Noise"),
                drawn(found.noise),
                tuple(tr("{share:.2f} × fresh noise", share=noise) for _, noise in shares),
            ),
            Pictures(
                tr("= What the network gets, xₖ"),
                drawn(found.noisy),
                tuple(
                    tr("power: {signal:.0%} signal, {noise:.0%} noise", signal=a**2, noise=b**2)
                    for a, b in shares
                ),
            ),
            Chart(tr("The schedule"), curves, tuple(float(one) for one in found.k)),
        ),
    )


@dataclass(frozen=True, eq=False)
class Walk:
    """A month denoised with one seed.

    Attributes:
        seed: Of the noise.
        steps: The noisiest first.
    """

    seed: int
    steps: tuple[Step, ...]


def apart(one: Walk, other: Walk) -> tuple[float, ...]:
    """Mean difference of two walks' estimates at each step, reflectance."""
    return tuple(
        float(np.abs(a - b).mean())
        for (_, _, a), (_, _, b) in zip(one.steps, other.steps)  # noqa: B905
    )


def denoising_slides(first: Walk, second: Walk, bands: Sequence[str]) -> Slides:
    """Two seeds on their way out of noise, what the network makes of each, and their difference.

    Args:
        first: One seed.
        second: The other; as many steps.
        bands: Sentinel-2 names.
    """
    ks = [k for k, _, _ in first.steps]
    moved = [_to_the_end(walk) for walk in (first, second)]
    differ = apart(first, second)
    panels: list[Pictures | Chart] = []
    for walk, far in zip((first, second), moved, strict=True):
        noisy = tuple(series_rgba(one, bands) for _, one, _ in walk.steps)
        known = tuple(series_rgba(one, bands) for _, _, one in walk.steps)
        panels += [
            Pictures(
                tr("Seed {seed}: with the noise of xₖ", seed=walk.seed),
                (*noisy, known[-1]),  # the last step leads to its own estimate
                (),
            ),
            Pictures(
                tr("Seed {seed}: the estimate of x₀", seed=walk.seed),
                (*known, known[-1]),
                (
                    *(tr("{far:.3f} from where it will end", far=one) for one in far),
                    tr("the result"),
                ),
            ),
        ]
    between = [
        amount_rgba(np.abs(a - b).mean(axis=0), _REACH)
        for (_, _, a), (_, _, b) in zip(first.steps, second.steps, strict=True)
    ]
    panels.append(
        Pictures(
            tr("Where the two differ"),
            (*between, between[-1]),
            tuple(
                tr("{far:.3f} reflectance on average; dark from 0.05 on", far=one)
                for one in (*differ, differ[-1])
            ),
        ),
    )
    most = max(*moved[0], *moved[1], *differ, 1e-3)
    curves = Curves(
        (
            Line(tr("seed {seed}", seed=first.seed), range(len(ks)), moved[0], marked=True),
            Line(tr("seed {seed}", seed=second.seed), range(len(ks)), moved[1], marked=True),
        ),
        tr("step"),
        (-0.3, len(ks) + 0.3),
        tuple((at, str(at + 1)) for at in range(0, len(ks), max(1, len(ks) // 6))),
        (0.0, 1.1 * most),
        tuple((share * most, number(share * most, ".3f")) for share in (0.0, 0.5, 1.0)),
    )
    at = tuple(float(one) for one in range(len(ks) + 1))
    panels.append(Chart(tr("Estimate: how far from its end"), curves, at))
    return Slides(
        tr("Step"),
        (
            *(
                tr("step {at} of {all}, k = {k}", at=at, all=len(ks), k=k)
                for at, k in enumerate(ks, 1)
            ),
            tr("the end"),
        ),
        tuple(panels),
        milliseconds=600,
    )


def _to_the_end(walk: Walk) -> list[float]:
    end = walk.steps[-1][2]
    return [float(np.abs(one - end).mean()) for _, _, one in walk.steps]
