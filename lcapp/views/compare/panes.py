"""The panes of two runs: their maps, where these differ and who is right, and what lies behind."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lcapp.classes import NO_CLASS
from lcapp.language import month_name, tr
from lcapp.sensors import AERIAL
from lcapp.types import Floats, Scene
from lcapp.types.differing import A_RIGHT, B_RIGHT, NEITHER, SAME, UNKNOWN, Differing
from lcapp.views.compare.side import Side, titles
from lcapp.views.imagery import RGBA, aerial_rgba, confidence_rgba
from lcapp.views.panes import Arrangement, Pane, Values
from lcapp.views.panes.classes import class_pane, labels_pane
from lcapp.views.superres.panes import Drawing

COLOURS = {A_RIGHT: "#0072b2", B_RIGHT: "#d55e00", NEITHER: "#a3216e", UNKNOWN: "#7b3fb5"}
"""Of the verdicts; those of A and B are theirs in every figure. Told apart by colour-blind readers
too, and named under the pointer."""

_SURE_REACH = 0.5

_WORTH_A_WORD = 0.005
"""Share of the pixels that differ."""


def all_panes(
    scene: Scene, sides: Sequence[Side], found: Differing | None, look: str, safe: bool = False
) -> tuple[Pane, ...]:
    """The panes of one run or two, those that are compared first in front.

    Args:
        scene: Theirs.
        sides: The runs.
        found: Their maps compared; None of one run, or where nothing can be compared.
        look: Key of `imagery.LOOKS`, of the months.
        safe: The palette for colour-blind readers.
    """
    maps = side_panes(scene, sides, safe)
    between = () if found is None else differing_panes(scene, found, safe)
    return (*maps[: len(sides)], *between, *maps[len(sides) :], *deeper_panes(sides, look))


def side_panes(scene: Scene, sides: Sequence[Side], safe: bool = False) -> tuple[Pane, ...]:
    """The maps of one run or two, and the aerial image: what there is without comparing them."""
    maps = [
        class_pane(one.letter.lower(), title, one.cover, safe)
        for one, title in zip(sides, titles(sides), strict=True)
    ]
    if AERIAL not in scene.images:
        return tuple(maps)
    aerial = aerial_rgba(scene.aerial, seen=scene.seen)
    return (*maps, Pane("aerial", tr("Aerial image"), aerial, scene.grid))


def differing_panes(scene: Scene, found: Differing, safe: bool = False) -> tuple[Pane, ...]:
    """Where two maps differ and who is right; and the reference, where there is one."""
    panes = [_verdict(scene, found)]
    if found.reference is not None:
        title = tr("Reference")
        panes.append(
            labels_pane("reference", title, found.reference, found.table, found.grid, safe)
        )
    return tuple(panes)


def deeper_panes(sides: Sequence[Side], look: str) -> tuple[Pane, ...]:
    """How sure each map is, and the super-resolved month of each run that has one.

    Args:
        sides: The runs.
        look: Key of `imagery.LOOKS`, of the months.
    """
    panes = []
    for one in sides:
        sure = one.cover.confidence
        values = Values(sure[None], ("probability",), digits=2, reach=_SURE_REACH)
        title = tr("{letter}: how sure", letter=one.letter)
        note = tr("Probability of the chosen class: dark violet 0, bright yellow 1.")
        name = f"{one.letter.lower()}-sure"
        panes.append(Pane(name, title, confidence_rgba(sure), one.cover.grid, note, values))
    for one in sides:
        sr = one.prediction.super_resolved
        if sr is None or not sr.months[one.month - 1].present:
            continue
        month = month_name(one.month)
        title = tr("{letter}: {month}, super-resolved", letter=one.letter, month=month)
        image = sr.reflectance[one.month - 1]
        draw = Drawing(sr.bands, look, own=False)
        panes.append(draw.series(f"{one.letter.lower()}-month", title, image, sr.sr_grid))
    return tuple(panes)


def arranged_at_first(panes: Sequence[Pane]) -> Arrangement:
    """The two maps and where they differ, beside each other; of two in one picture the maps."""
    shown = {"a", "b", "differ"}
    hidden = tuple(one.id for one in panes if one.id not in shown)
    return Arrangement(first="a", second="b", hidden=hidden)


def verdict_words(found: Differing) -> dict[int, str]:
    """What the verdicts are called that occur where the maps differ, with their shares."""
    words = {
        A_RIGHT: tr("A is right"),
        B_RIGHT: tr("B is right"),
        NEITHER: tr("neither is right"),
        UNKNOWN: tr("two classes, and no reference") if found.judged else tr("two classes"),
    }
    return {one: word for one, word in words.items() if found.verdict_share(one)}


def _verdict(scene: Scene, found: Differing) -> Pane:
    words = verdict_words(found)
    rgba = _ground(scene, found)
    for one in words:
        rgba[found.verdict == one, :3] = list(bytes.fromhex(COLOURS[one][1:]))
    names = [tr("the same class"), *(words.get(one, "") for one in range(SAME + 1, UNKNOWN + 1))]
    ids = np.where(found.verdict == NO_CLASS, np.nan, found.verdict).astype(np.float32)[None]
    values = Values(ids, ("verdict",), classes=tuple(names))
    title = tr("Who is right where they differ") if found.judged else tr("Where they differ")
    pane = Pane("differ", title, rgba, found.grid, "", values)
    signs = {
        A_RIGHT: tr("blue"),
        B_RIGHT: tr("orange"),
        NEITHER: tr("dark pink"),
        UNKNOWN: tr("violet"),
    }
    told = []
    for one, word in words.items():
        share = found.verdict_share(one)
        if share >= _WORTH_A_WORD:
            told.append(
                tr("{colour}: {what} ({share:.0%})", colour=signs[one], what=word, share=share)
            )
    note = tr("Where they differ: {signs}.", signs="; ".join(told)) if told else ""
    return replace(pane, note=note)


def _ground(scene: Scene, found: Differing) -> RGBA:
    """The aerial image in pale grey, on which colours stand out; clear without a class."""
    height, width = found.verdict.shape
    grey: Floats = np.full((height, width), 0.5, np.float32)
    if AERIAL in scene.images:
        image = aerial_rgba(scene.aerial)
        if image.shape[:2] == (height, width):
            grey = image[..., :3].mean(axis=-1) / np.float32(255)
    level = (175 + 75 * grey).round().astype(np.uint8)
    alpha = np.where(found.verdict == NO_CLASS, 0, 255).astype(np.uint8)
    return np.stack([level, level, level, alpha], axis=-1)
