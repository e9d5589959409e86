"""The map beside its reference."""

import numpy as np

from lcapp.classes import COSIA, FLAIR2
from lcapp.sensors import AERIAL
from lcapp.types import Image, LandCover, Reference, Scene
from lcapp.views.explore.beside import AT_FIRST, reference_panes
from lcapp.views.layers import Look


def test_map_and_labels_tell_their_class_and_where_they_differ_is_drawn(
    aerial: Image, cover: LandCover
) -> None:
    labels = cover.class_map.copy()
    labels[3, 4] = FLAIR2.index("water")
    scene = Scene("S", "C", cover.grid, {AERIAL: aerial})
    image, mapped, told, differ = reference_panes(scene, cover, Reference(labels, FLAIR2), Look())
    assert [one.id for one in (image, mapped, told, differ)] == ["image", "map", "labels", "differ"]
    assert {AT_FIRST.first, AT_FIRST.second, *AT_FIRST.hidden} <= {"image", "map", "labels"}
    assert mapped.values is not None
    assert told.values is not None
    assert mapped.values.numbers[:, 3, 4].round().tolist() == [2, 60]  # class and percent
    assert told.values.classes[int(told.values.numbers[0, 3, 4])] == "water"
    assert np.flatnonzero(differ.rgba[..., 3]).tolist() == [3 * 24 + 4]


def test_labels_of_other_classes_are_shown_and_not_compared(cover: LandCover) -> None:
    scene = Scene("S", "C", cover.grid)
    panes = reference_panes(scene, cover, Reference(cover.class_map, COSIA), Look())
    assert [one.id for one in panes] == ["map", "labels"]
