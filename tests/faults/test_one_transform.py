"""Fault 4: the aerial image and the labels flipped and turned, the series left as it was."""

from dataclasses import replace

import numpy as np
import pytest

from lcapp.prepare import SYMMETRIES, Symmetry, apply_window
from lcapp.types import Prepared, Scene
from tests.faults.scenes import examples_of, textured, visit_with
from tests.scenes import with_parts

SR_PIXEL = (9, 13)
"""Where the mark lies on the SR grid; the middle of LR pixel (20, 20) of the off-centre crop."""

LR_PIXEL = (20, 20)
MARK = 3


def marked() -> Scene:
    """Dark everywhere but in one SR pixel of the aerial image and the LR pixel around it."""
    scene = textured()
    rows, cols = (slice(8 * place, 8 * place + 8) for place in SR_PIXEL)
    pixels = np.zeros_like(scene.aerial.pixels)
    pixels[:, rows, cols] = 255
    labels = np.zeros_like(scene.reference.labels)
    labels[rows, cols] = MARK
    numbers = np.zeros_like(scene.sentinel2.values)
    numbers[:, :, LR_PIXEL[0], LR_PIXEL[1]] = 3000
    return with_parts(
        scene,
        aerial=replace(scene.aerial, pixels=pixels),
        series=replace(scene.sentinel2, values=numbers),
        reference=replace(scene.reference, labels=labels),
    )


def brightest(image: np.ndarray) -> tuple[int, ...]:
    return tuple(int(place) for place in np.unravel_index(image.argmax(), image.shape))


def check_the_mark_meets_itself(symmetry: Symmetry) -> None:
    examples = examples_of(marked(), augment=True)
    example = examples[0, visit_with(examples, symmetry)]
    prepared, targets = example.prepared, example.targets
    aerial = brightest(prepared.aerial[0])
    there = brightest(targets.aerial_on_sr[0])
    assert (aerial[0] // 8, aerial[1] // 8) == there
    assert brightest(targets.sr_labels == MARK) == there
    labelled = brightest(targets.labels == MARK)
    assert (labelled[0] // 8, labelled[1] // 8) == there
    x_u = apply_window(prepared.series[prepared.present][0, 0], prepared.windows.levels[0])
    seen = brightest(x_u)
    apart = max(abs(one - other) for one, other in zip(seen, there, strict=True))
    assert apart <= 1, f"{apart} SR pixels apart"


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_the_mark_meets_itself(symmetry: Symmetry) -> None:
    check_the_mark_meets_itself(symmetry)


@pytest.mark.parametrize("symmetry", SYMMETRIES[1:], ids=str)
def test_seen_to_fail_when_the_series_is_left_as_it_was(
    symmetry: Symmetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: only the aerial image turns. The mark of the series lay 3 to 11 SR pixels away."""

    def aerial_alone(self: Symmetry, prepared: Prepared) -> Prepared:
        return replace(prepared, aerial=self.image(prepared.aerial))

    monkeypatch.setattr(Symmetry, "prepared", aerial_alone)
    with pytest.raises(AssertionError, match="SR pixels apart"):
        check_the_mark_meets_itself(symmetry)
