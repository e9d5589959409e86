"""Which channels of a zone's files are its bands, and which is alpha; decided once for all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from lcapp.errors import SceneError
from lcapp.scene.rasters.aerial import AerialFile, opened
from lcapp.scene.rasters.bands import ALPHA
from lcapp.sensors import SPECTRAL_AERIAL_BANDS

_SAMPLES, _SAMPLE_SIDE = 4, 64
"""An alpha channel is looked for in 4 x 4 windows of that many pixels."""

_OPAQUE = 0.9
"""Share of the pixels with an image that are 255 in an alpha channel, at least."""

_SMOOTH = 0.25
"""Steps from pixel to pixel in an alpha channel, at most, over those of red, green and blue."""

_COLOURS = 3
"""Bands that have to be told before the others are."""


@dataclass(frozen=True)
class Channels:
    """The bands of a zone.

    Attributes:
        names: Spectral bands.
        places: Where they are in the files, from 0.
        alpha: Channel that is 0 where there is nothing, where there is one.
        notes: What was assumed.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    alpha: int | None
    notes: tuple[str, ...]


def channels_of(files: Sequence[AerialFile]) -> Channels:
    """By what the files say of their bands, else by their order.

    Args:
        files: Which all say the same.

    Raises:
        SceneError: Descriptions that are not understood, or do not tell all; files of which one
            has an alpha channel where another has near infrared.
    """
    file, told = files[0], files[0].told
    spectral, alphas, notes = told.spectral, told.of(ALPHA), []
    described = len(spectral) >= _COLOURS
    if not described:
        order = {name: band for band, name in enumerate(SPECTRAL_AERIAL_BANDS)}
        elsewhere = any(order[name] != band for name, band in spectral.items())
        if elsewhere or told.not_understood or min(alphas, default=_COLOURS) < _COLOURS:
            raise _not_told(file)
        spectral = {**dict(zip(SPECTRAL_AERIAL_BANDS, range(_COLOURS), strict=False)), **spectral}
    silent = [
        band for band, name in enumerate(told.names) if not name and band not in spectral.values()
    ]
    # Of three colours and one band more, that one is near infrared or alpha.
    if silent and "nir" not in spectral and (not described or file.channels == _COLOURS + 1):
        if not alphas and _are_alpha(files, silent[0]):
            alphas = silent[:1]
        else:
            spectral["nir"] = silent[0]
            if described:
                notes.append(f"Band {silent[0] + 1} is not described: taken as nir.")
    names = tuple(spectral)
    if not described:
        notes.append(f"The aerial bands are not described: taken as {', '.join(names)}.")
    elif names != SPECTRAL_AERIAL_BANDS:
        notes.append(f"The aerial bands are, as the file says, {', '.join(names)}.")
    if alphas:
        notes.append(f"Band {alphas[0] + 1} is an alpha channel, not near infrared.")
    if file.channels > len(names) + len(alphas):
        notes.append(f"Of {file.channels} aerial bands {len(names)} are used.")
    alpha = alphas[0] if alphas else None
    return Channels(names, tuple(spectral.values()), alpha, tuple(notes))


def _not_told(file: AerialFile) -> SceneError:
    words = [
        repr(word) if word else (f"colour {name}" if name else "nothing")
        for word, name in zip(file.told.words, file.told.names, strict=True)
    ]
    return SceneError(
        f"what its {file.channels} bands are is not told: {', '.join(words)}",
        where=file.path,
        expected="red, green, blue and nir (rouge, vert, bleu, pir), of which three at least",
        advice="describe them, for instance with gdal_edit.py -colorinterp_1 red, or with QGIS",
    )


def _are_alpha(files: Sequence[AerialFile], band: int) -> bool:
    """Whether a channel that no file describes is alpha, in all of them or in none.

    Writers declare alpha where there is none, and none where there is one: only the values tell.

    Raises:
        SceneError: It is alpha in one file and near infrared in another.
    """
    votes: dict[bool, AerialFile] = {}
    for file in files:
        vote = _is_alpha(file, band)
        if vote is not None:
            votes.setdefault(vote, file)
    if len(votes) > 1:
        raise SceneError(
            f"its band {band + 1} is an alpha channel by its values",
            where=votes[True].path,
            expected=f"near infrared, as in {votes[False].path.name}",
            advice="classify them apart, or describe the bands of all",
        )
    return True in votes


def _is_alpha(file: AerialFile, band: int) -> bool | None:
    """By its values where they were sampled; None where nothing can be seen there.

    An alpha channel is opaque nearly everywhere, or smoother by far than the image that it belongs
    to. Black and white pixels do not tell: near infrared is then 0 and 255 as well.
    """
    pixels = opaque = 0
    steps = np.zeros(2)  # of the colours, and of the band
    for found in _samples(file, band):
        colours, fourth = found[:_COLOURS].astype(np.int16), found[_COLOURS].astype(np.int16)
        telling = ~((colours == 0).all(0) | (colours == 255).all(0))
        pixels += int(telling.sum())
        opaque += int((telling & (fourth == 255)).sum())
        both = telling[:, 1:] & telling[:, :-1]
        steps[0] += np.abs(np.diff(colours, axis=2)).mean(0)[both].sum()
        steps[1] += np.abs(np.diff(fourth, axis=1))[both].sum()
    if not pixels:
        return None
    return opaque >= _OPAQUE * pixels or bool(steps[1] < _SMOOTH * steps[0])


def _samples(file: AerialFile, band: int) -> Iterator[NDArray[np.uint8]]:
    """Windows of the first three bands and of one more, 4 h w."""
    side = _SAMPLE_SIDE
    with opened(file.path) as dataset:
        for row in np.linspace(0, max(dataset.height - side, 0), _SAMPLES).astype(int):
            for col in np.linspace(0, max(dataset.width - side, 0), _SAMPLES).astype(int):
                width, height = min(side, dataset.width), min(side, dataset.height)
                window = Window(int(col), int(row), width, height)
                yield dataset.read([1, 2, 3, band + 1], window=window)
