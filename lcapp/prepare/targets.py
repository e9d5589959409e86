"""What the training of a scene compares with (METHOD.md sections 1, 2 and 5)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from lcapp.classes import NO_CLASS, ClassTable
from lcapp.errors import RunError, SceneError
from lcapp.prepare.alignment import WHOLE, fit_alignment
from lcapp.prepare.inputs import InputSpec
from lcapp.prepare.scaling import scale, unscale
from lcapp.prepare.windows import apply_window, coarsening_window
from lcapp.sensors import COMMON_BANDS, SR_FACTOR
from lcapp.types import Bools, Bytes, Floats, Prepared, Scene, Targets, Truth

Align = Literal["affine", "none"]

_OTHER = "other"
"""Name of the class that takes what a table does not tell apart."""


def targets(
    scene: Scene,
    prepared: Prepared,
    spec: InputSpec,
    table: ClassTable,
    align: Align = "affine",
    truth: Truth | None = None,
) -> Targets:
    """The aerial image on the SR grid, the labels on both grids, and the month to compare with.

    Where there is no image no class is learnt, and no more detail than the series has.

    Args:
        scene: With labels; its aerial image is a whole number of SR pixels.
        prepared: The same scene, prepared by the same `spec`.
        spec: What the bundle takes in; its series bands have counterparts in the aerial image.
        table: Classes of the network.
        align: `affine` fits the aerial image to the series at tau_HR; `none` is the paper's: it is
            only scaled, from bytes to [-1, 1].
        truth: Of the scene, where it is known.

    Raises:
        SceneError: No labels, labels that the table does not know, an aerial image without a band
            or whose size is no multiple of 8, no present month.
        RunError: A series band that no aerial image has.
    """
    labels, seen = labels_of(scene, table), seen_at_sr(scene)
    nearest = nearest_month(prepared)
    aerial = aerial_at_sr(scene, spec)  # C Hs Ws
    windows, alignment, month = prepared.windows, None, prepared.series[nearest]  # C h w
    if align == "affine" and (seen is None or seen.any()):
        scalings = [spec.scaling(band) for band in spec.series_bands]
        alignment = fit_alignment(
            aerial,
            np.stack([unscale(*pair) for pair in zip(month, scalings, strict=True)]),
            windows,
            # Half a span a unit: [-1, 1] of the one becomes [-1, 1] of the other.
            [(one.high - one.low) / 2 for one in scalings],
            seen,
        )
        lines = zip(aerial, alignment.gain, alignment.offset, scalings, strict=True)
        aerial = np.stack([scale(gain * x + offset, to) for x, gain, offset, to in lines])
    if scene.seen is not None and seen is not None:
        labels = np.where(scene.seen, labels, np.uint8(NO_CLASS))
        aerial = np.where(seen, aerial, apply_window(month, windows.levels[0]))
    return Targets(
        aerial_on_sr=aerial,
        # Of the whole tile: in a square of it the edges, repeated, would be most of it.
        aerial_low=apply_window(apply_window(aerial, windows.down), windows.up),
        labels=labels,
        sr_labels=_majority(labels, len(table)),
        nearest=nearest,
        alignment=alignment,
        truth=None if truth is None else _scaled(truth_of(truth, scene, spec.series_bands), spec),
    )


def truth_of(truth: Truth, scene: Scene, bands: Sequence[str]) -> Floats:
    """The true months of a scene with the named bands: M C Hs Ws, reflectance.

    Raises:
        SceneError: It lies elsewhere, or lacks a band.
    """
    own, wanted = truth.grid, scene.grid.coarser()
    apart = np.abs(np.subtract(own.bounds, wanted.bounds)).max()
    if (own.height, own.width) != (wanted.height, wanted.width) or apart > wanted.gsd / 2:
        raise SceneError(
            f"the truth has {own.height} x {own.width} pixels from {own.bounds[:2]} on",
            where=scene.id,
            expected=f"{wanted.height} x {wanted.width} pixels from {wanted.bounds[:2]} on",
            advice="simulate the collection again",
        )
    missing = [band for band in bands if band not in truth.bands]
    if missing:
        raise SceneError(
            f"the truth has no band {missing[0]}",
            where=scene.id,
            expected=f"the bands of this model: {', '.join(bands)}",
        )
    return truth.reflectance[:, [truth.bands.index(band) for band in bands]]


def _scaled(months: Floats, spec: InputSpec) -> Floats:
    bands = enumerate(spec.series_bands)
    return np.stack([scale(months[:, at], spec.scaling(band)) for at, band in bands], axis=1)


def seen_at_sr(scene: Scene) -> Bools | None:
    """Hs Ws, the SR pixels that lie on an image all over; None: all of them.

    Args:
        scene: Its aerial image is a whole number of SR pixels.

    Raises:
        SceneError: It is none.
    """
    _check_size(scene)
    if scene.seen is None:
        return None
    shares = apply_window(scene.seen.astype(np.float32), coarsening_window(*scene.seen.shape))
    whole: Bools = shares > WHOLE
    return whole


def _check_size(scene: Scene) -> None:
    """Whole SR pixels only: a part of one at an edge changes its place when the tile is turned."""
    grid = scene.grid
    if grid.height % SR_FACTOR or grid.width % SR_FACTOR:
        raise SceneError(
            f"the aerial image has {grid.height} x {grid.width} pixels",
            where=scene.id,
            expected=f"multiples of {SR_FACTOR} for training",
            advice="cut the aerial image and its labels to such a size",
        )


def aerial_at_sr(scene: Scene, spec: InputSpec) -> Floats:
    """x0^D before any alignment: the aerial image at 1.6 m, C Hs Ws, its bytes scaled to [-1, 1].

    The channels are the aerial counterparts of the series' bands, in their order.

    Args:
        scene: Its aerial image is a whole number of SR pixels.
        spec: What the bundle takes in.

    Raises:
        SceneError: The aerial image lacks a band, or is no multiple of 8 pixels wide or high.
        RunError: A series band that no aerial image has.
    """
    _check_size(scene)
    bands = _counterparts(scene, spec)  # C H W
    return apply_window(bands, coarsening_window(*bands.shape[1:]))


def _counterparts(scene: Scene, spec: InputSpec) -> Floats:
    """C H W, the aerial bands that correspond to the series' bands, scaled to [-1, 1]."""
    aerial_names = {series: aerial for aerial, series in COMMON_BANDS.items()}
    unknown = [band for band in spec.series_bands if band not in aerial_names]
    if unknown:
        raise RunError(
            f"no aerial image has the band {unknown[0]}",
            where=scene.id,
            expected=f"a network whose series bands are among {', '.join(aerial_names)}",
            advice="train with these bands",
        )
    found = scene.aerial.planes
    missing = [aerial_names[band] for band in spec.series_bands if aerial_names[band] not in found]
    if missing:
        raise SceneError(
            f"the aerial image has no band {missing[0]!r}",
            where=scene.id,
            expected=f"the counterparts of {', '.join(spec.series_bands)}",
            advice="train on images that have them",
        )
    names = [aerial_names[band] for band in spec.series_bands]
    return np.stack([scale(found[name], spec.scaling(name)) for name in names])


def nearest_month(prepared: Prepared) -> int:
    """tau_HR: index 0..11 of the present month nearest to the aerial image, the earlier on a tie.

    Raises:
        SceneError: No month is present.
    """
    present = np.flatnonzero(prepared.present)
    if not present.size:
        raise SceneError(
            "no month is present",
            where=prepared.scene_id,
            expected="a series with at least one clear date",
            advice="leave the scene out, or admit more cloud",
        )
    days = prepared.day_offsets[present]
    return int(present[np.lexsort((days, np.abs(days)))[0]])


def labels_of(scene: Scene, table: ClassTable) -> Bytes:
    """The scene's labels as ids of a network's table, H W.

    Raises:
        SceneError: There are none, or the table does not know one of them.
    """
    found = scene.references
    reference = found.get(table.name) or scene.reference or next(iter(found.values()), None)
    if reference is None:
        raise SceneError(
            "there are no labels",
            where=scene.id,
            expected="a label for every pixel of the aerial image",
            advice="this looks like a folder without labels: train on one that has them",
        )
    labels, own = reference.labels, reference.table
    if labels.max() >= len(own):
        raise SceneError(
            f"a label has the id {labels.max()}",
            where=scene.id,
            expected=f"ids 0 to {len(own) - 1} ({own.name})",
        )
    if own.name == table.name:
        return labels
    counts = np.bincount(labels.ravel(), minlength=len(own))
    ids = _translation(own, table)
    lost = [name for name, n in zip(own.names, counts, strict=True) if n and name not in ids]
    if lost:
        raise SceneError(
            f"the labels hold {lost[0]!r} ({own.name}), which the network's table "
            f"{table.name} does not know",
            where=scene.id,
            expected=f"labels of the table {table.name}",
            advice="train a network with the classes of the labels",
        )
    by_id = np.array([ids.get(name, 0) for name in own.names], np.uint8)
    return by_id[labels]


def _translation(own: ClassTable, table: ClassTable) -> dict[str, int]:
    """Names of one table to ids of the other.

    Names that the other lacks are its "other", but only where the first table tells every class of
    the other apart: COSIA's greenhouses are FLAIR #2's "other", wheat is not.
    """
    ids = {name: table.index(name) for name in own.names if name in table.names}
    if _OTHER in table.names and set(table.names) - {_OTHER} <= set(own.names):
        ids |= {name: table.index(_OTHER) for name in own.names if name not in ids}
    return ids


def _majority(labels: Bytes, classes: int) -> Bytes:
    """H W -> Hs Ws, the most frequent id of each 8 x 8 block, the lowest one on a tie.

    `NO_CLASS` counts where a block holds nothing else.
    """
    height, width = (size // SR_FACTOR for size in labels.shape)
    block = np.arange(height * width).reshape(height, width)
    blocks = block.repeat(SR_FACTOR, axis=0).repeat(SR_FACTOR, axis=1)  # H W
    known = labels != NO_CLASS
    votes = np.bincount((blocks * classes + labels)[known], minlength=block.size * classes)
    votes = votes.reshape(height, width, classes)
    winners: Bytes = votes.argmax(axis=2).astype(np.uint8)
    winners[~votes.any(axis=2)] = NO_CLASS
    return winners
