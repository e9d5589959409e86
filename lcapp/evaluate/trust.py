"""Whether a super-resolved month can be trusted, and where not.

Where the truth is known it decides: the gain in PSNR over bicubic interpolation, and whether more
of the detail that Sentinel-2 lacks is shown as it is than as it is not. Else the agreement does:
the share of the month's variance at 10 m that the aerial image, whose detail it is, explains.
On simulated truth a month of little agreement gains little, and what it shows beyond guided
upsampling is texture that is likely and not true; the limits below are those of the words, not of
a law.

*Where* is told by zones, three by three: by the error where the truth is known, else by the spread
of the samples where there are several, else by what the network adds to guided upsampling, which is
all that neither of the two images says.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lcapp.evaluate.records import Shares
from lcapp.evaluate.truth.correctness import shares
from lcapp.evaluate.truth.parts import decibels
from lcapp.language import message, tr
from lcapp.prepare import Scaling
from lcapp.types import Floats, SuperResolved

Level = Literal["absent", "largely", "partly", "hardly"]
Measure = Literal["error", "spread", "added"]

GAIN_LARGELY, GAIN_PARTLY = 2.0, 0.5
"""dB over bicubic interpolation."""

BEATEN = 1.0
"""dB by which guided upsampling, which needs no network, may be ahead of what can be trusted."""

AGREES_LARGELY, AGREES_PARTLY = 0.7, 0.35
"""Share of the variance at 10 m."""

_AHEAD = 0.1
"""dB that are worth a word."""

_STANDS_OUT = 1.25
"""A zone is named when its doubt is so many times the mean."""

_ZONES = (
    (message("north-west"), message("north"), message("north-east")),
    (message("west"), message("middle"), message("east")),
    (message("south-west"), message("south"), message("south-east")),
)


@dataclass(frozen=True, eq=False)
class Trust:
    """What is to be said of one month.

    Attributes:
        level: How far it can be trusted.
        agreement: Mean over the bands, 0..1; None in an absent month or without a guide.
        gain: dB over bicubic interpolation; None without the truth, as what follows.
        guided_gain: The same of guided upsampling, which needs no network.
        shares: Of the detail that Sentinel-2 lacks, likewise.
        measure: What tells where not.
        doubt: Hs Ws, on the range of each band as 1, mean over the bands; None in an absent month.
        worst: The zone that stands out, such as `north-west`; None where none does.
        times: Its doubt over the mean of all.
    """

    level: Level
    agreement: float | None = None
    gain: float | None = None
    guided_gain: float | None = None
    shares: Shares | None = None
    measure: Measure = "added"
    doubt: Floats | None = None
    worst: str | None = None
    times: float = 1.0


def trust(
    sr: SuperResolved,
    month: int,
    scalings: tuple[Scaling, ...],
    truth: Floats | None = None,
    spread: Floats | None = None,
) -> Trust:
    """Judge one month.

    Args:
        sr: The series.
        month: 1..12.
        scalings: C, the range of each band.
        truth: M C Hs Ws, reflectance; None where it is not known.
        spread: M C Hs Ws, standard deviation over samples, reflectance; None without samples.
    """
    index = month - 1
    if not sr.months[index].present:
        return Trust("absent")
    ranges = np.array([one.high - one.low for one in scalings], np.float32)[:, None, None]
    image, bicubic = sr.reflectance[index], sr.bicubic[index]  # C Hs Ws
    known = sr.agreement[index][np.isfinite(sr.agreement[index])]
    agreement = float(known.mean()) if known.size else None
    gain = guided_gain = found = None
    measure: Measure
    if truth is not None:
        error = (image - truth[index]) / ranges
        before, psnr, rival = (
            decibels(float((((one - truth[index]) / ranges) ** 2).mean()))
            for one in (bicubic, image, sr.guided[index])
        )
        gain, guided_gain = psnr - before, rival - before
        found = shares(image, bicubic, truth[index])
        doubt, measure = np.abs(error).mean(axis=0), "error"
    elif spread is not None:
        doubt, measure = (spread[index] / ranges).mean(axis=0), "spread"
    else:
        doubt, measure = np.abs((image - sr.guided[index]) / ranges).mean(axis=0), "added"
    worst, times = worst_zone(doubt)
    beaten = gain is not None and guided_gain is not None and guided_gain - gain > BEATEN
    level = _level(agreement, gain, found, beaten)
    return Trust(level, agreement, gain, guided_gain, found, measure, doubt, worst, times)


def _level(
    agreement: float | None, gain: float | None, found: Shares | None, beaten: bool
) -> Level:
    if gain is not None:
        right = found is None or found.improvement > found.hallucination
        if gain >= GAIN_LARGELY and right and not beaten:
            return "largely"
        return "partly" if gain >= GAIN_PARTLY else "hardly"
    if agreement is None:
        return "hardly"
    if agreement >= AGREES_LARGELY:
        return "largely"
    return "partly" if agreement >= AGREES_PARTLY else "hardly"


def worst_zone(doubt: Floats) -> tuple[str | None, float]:
    """The ninth of an image whose mean is highest, if it stands out, and over the mean of all.

    Args:
        doubt: Hs Ws, not negative.
    """
    whole = float(doubt.mean())
    if min(doubt.shape) < 3 or whole <= 0:
        return None, 1.0
    means = {
        name: float(part.mean())
        for names, rows in zip(_ZONES, np.array_split(doubt, 3, axis=0), strict=True)
        for name, part in zip(names, np.array_split(rows, 3, axis=1), strict=True)
    }
    worst = max(means, key=means.__getitem__)
    times = means[worst] / whole
    return (worst, times) if times >= _STANDS_OUT else (None, times)


def in_words(found: Trust, month: str) -> str:
    """The answer in two or three sentences, in the reader's language.

    Args:
        found: From `trust`.
        month: Its name, such as `April`.
    """
    if found.level == "absent":
        return tr("{month} is absent: there is nothing to be trusted.", month=month)
    because = []
    if found.gain is not None:
        because.append(_against_the_truth(found.gain))
        ahead = (found.guided_gain or 0.0) - found.gain
        if ahead > _AHEAD:
            because.append(
                tr(
                    "yet guided upsampling, without a network, {ahead:.1f} dB nearer still",
                    ahead=ahead,
                )
            )
    if found.shares is not None:
        because.append(
            tr(
                "{right:.0%} of the missing detail is right and {wrong:.0%} invented",
                right=found.shares.improvement,
                wrong=found.shares.hallucination,
            )
        )
    elif found.gain is None:
        because.append(tr("nobody knows the truth here"))
    if found.agreement is not None:
        because.append(
            tr(
                "the aerial image explains {share:.0%} of what Sentinel-2 saw",
                share=found.agreement,
            )
        )
    return tr(
        "{answer}: {reasons}. {where}",
        answer=_answer(found, month),
        reasons=", ".join(because),
        where=_where(found),
    )


def _answer(found: Trust, month: str) -> str:
    if found.level == "hardly":
        return tr("No, {month}'s super-resolution should not be trusted", month=month)
    if found.gain is None:  # without the truth agreement is all there is
        if found.level == "largely":
            return tr("Yes, {month}'s super-resolution may largely be trusted", month=month)
        return tr("{month}'s super-resolution may be trusted in part", month=month)
    if found.level == "largely":
        return tr("Yes, {month}'s super-resolution can largely be trusted", month=month)
    return tr("{month}'s super-resolution can be trusted in part", month=month)


def _against_the_truth(gain: float) -> str:
    if gain >= 0:
        return tr("{gain:.1f} dB nearer to the truth than bicubic interpolation", gain=gain)
    return tr("{gain:.1f} dB farther from the truth than bicubic interpolation", gain=-gain)


_MEASURES = {
    "error": message("the error against the truth"),
    "spread": message("the spread over seeds"),
    "added": message("the detail that neither image vouches for"),
}


def beside_pictures(found: Trust) -> dict[str, str]:
    """A word on each picture of a month, by `bicubic`, `guided` and `superres`: how it does."""
    if found.gain is None or found.guided_gain is None:
        if found.agreement is None:
            return {"superres": tr("nobody knows the truth here")}
        share = found.agreement
        told = tr("nobody knows the truth here; the aerial image explains {share:.0%}", share=share)
        return {"superres": told}
    return {
        "bicubic": tr("what the others are measured by"),
        "guided": tr("{gain:+.1f} dB on bicubic, no network", gain=found.guided_gain),
        "superres": tr("{gain:+.1f} dB on bicubic", gain=found.gain),
    }


def _where(found: Trust) -> str:
    measure = tr(_MEASURES[found.measure])
    if found.worst is None:
        return tr("No part stands out: {measure} is spread over the whole place.", measure=measure)
    return tr(
        "Least in the {zone}, where {measure} is {times:.1f} times the mean.",
        zone=tr(found.worst),
        measure=measure,
        times=found.times,
    )
