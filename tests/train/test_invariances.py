"""What must not change the loss of a scene, and what must turn with it; each to 1e-5.

Faults 3 and 4 of METHOD.md section 6 on the way of a training step; 5 is `tests/faults`'s. Every
check is followed by the faults that it was seen to catch.
"""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from torch import Tensor

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.series.temporal import date_code
from lcapp.models.windows import BatchWindow
from lcapp.prepare import SYMMETRIES, InputSpec, Symmetry, apply_window
from lcapp.train.config import DataConfig, ObjectiveConfig
from lcapp.train.data.batch import Batch, Example, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.losses import temporal_loss
from lcapp.train.tsrdiff.objective import objective
from lcapp.types import Prepared, Scene, Targets
from tests.faults.scenes import OFF_CENTRE, SIDE, InMemory, examples_of, grid, textured, visit_with
from tests.scenes import with_parts

SCHEDULE = CosineSchedule(DiffusionConfig())
TOLERANCE = 1e-5
EFFECT = 1e-3
"""What does change the outcome changes it by more."""

MIDDLE = (SIDE * 0.1 - 200,) * 2
"""Where a series begins that has the tile in its very middle."""


def moved(scene: Scene, left: float, top: float) -> Scene:
    """The scene with its series this many metres east and south of the tile's corner."""
    return with_parts(scene, series=replace(scene.sentinel2, grid=grid(left, top, 10, 40)))


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Float64; four, three and one month, at different fractions of a pixel in their crops."""
    scenes = InMemory(
        textured(), moved(textured((3, 6, 9), 2), -190.9, -184.6), moved(textured((6,), 3), *MIDDLE)
    )
    draws = Draws(0, 500, per_month=True, augment=True, few_step_share=0.0, noise_draws=3)
    data = DataConfig("", align="none")
    examples = Examples(scenes, scenes.ids, InputSpec(), FLAIR2, data, draws)
    three = collate([examples[place, 0] for place in range(3)])
    wide = {
        one.name: value.double()
        for one in fields(three)
        if isinstance(value := getattr(three, one.name), Tensor) and value.is_floating_point()
    }
    return replace(three, **wide)


@pytest.fixture(scope="module")
def network() -> TSRDiff:
    """Float64: initial weights make class scores of hundreds. Found apart: 2e-10 at most."""
    return build(VARIANTS["tiny"], seed=0).double().eval()


def outcome(network: TSRDiff, batch: Batch) -> Tensor:
    """All terms and all class scores of each scene: B 7+K*H*W."""
    with torch.no_grad():
        found = objective(network, batch, SCHEDULE, ObjectiveConfig())
    terms = torch.stack(list(found.terms.used().values()), 1)  # B 7
    return torch.cat([terms, found.logits.flatten(1)], 1)


@pytest.fixture(scope="module")
def whole(network: TSRDiff, batch: Batch) -> Tensor:
    return outcome(network, batch)


def check_same(found: Tensor, expected: Tensor) -> None:
    apart = float((found - expected).abs().max())
    assert apart < TOLERANCE, f"{apart:.3g} apart"


# The other scenes of a batch.


def chosen(batch: Batch, scenes: list[int]) -> Batch:
    """These scenes of the batch, in this order."""

    def take(value: object) -> object:
        if value is None:
            return None
        if isinstance(value, BatchWindow):
            return BatchWindow(value.rows[scenes], value.cols[scenes])
        if isinstance(value, tuple):
            if isinstance(value[0], BatchWindow):
                return tuple(take(one) for one in value)
            return tuple(value[scene] for scene in scenes)
        return value[scenes]

    return Batch(**{one.name: take(getattr(batch, one.name)) for one in fields(batch)})


@pytest.mark.parametrize("scenes", [[0], [1], [2], [2, 0, 1], [1, 2]], ids=str)
def test_the_other_scenes_of_a_batch_have_no_say(
    network: TSRDiff, batch: Batch, whole: Tensor, scenes: list[int]
) -> None:
    check_same(outcome(network, chosen(batch, scenes)), whole[scenes])


def test_seen_to_fail_when_a_scene_takes_the_window_of_the_first(
    network: TSRDiff, batch: Batch, whole: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: one window for the whole batch. Class scores were up to 30 apart."""
    resample = BatchWindow.__call__

    def of_the_first(self: BatchWindow, images: Tensor, scenes: Tensor | None = None) -> Tensor:
        return resample(BatchWindow(self.rows[:1], self.cols[:1]), images)

    monkeypatch.setattr(BatchWindow, "__call__", of_the_first)
    check_same(outcome(network, chosen(batch, [1])), whole[[1]])
    with pytest.raises(AssertionError, match="apart"):
        check_same(outcome(network, batch)[[1]], whole[[1]])


def test_seen_to_fail_when_l_t_runs_from_scene_to_scene(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: L_T of all months as if of one scene. It was 0.006 apart."""

    def of_all(sr: Tensor, days: Tensor, scenes: Tensor, count: int) -> Tensor:
        return temporal_loss(sr, days, torch.zeros_like(scenes), 1).expand(count)

    monkeypatch.setattr("lcapp.train.tsrdiff.objective.temporal_loss", of_all)
    both = outcome(network, chosen(batch, [0, 1]))
    with pytest.raises(AssertionError, match="apart"):
        check_same(outcome(network, chosen(batch, [0])), both[:1])


# The order of months.

ORDER = torch.randperm(12, generator=torch.Generator().manual_seed(0))


def reordered(batch: Batch) -> Batch:
    """All that belongs to a month in another slot."""
    return replace(
        batch,
        series=batch.series[:, ORDER],
        day_offsets=batch.day_offsets[:, ORDER],
        present=batch.present[:, ORDER],
        k=batch.k[:, ORDER],
        noise=batch.noise[:, ORDER],
        nearest=torch.stack([(one == ORDER).nonzero()[0, 0] for one in batch.nearest]),
    )


def parted(batch: Batch) -> Batch:
    """The dates of the first scene's present months exchanged among them, last to first."""
    days, months = batch.day_offsets.clone(), batch.present[0].nonzero()[:, 0]
    days[0, months] = days[0, months.flip(0)]
    return replace(batch, day_offsets=days)


def encoded(network: TSRDiff, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
    """Of E_C: z of the first scene, month by month; of E_SR: the features of the first scene."""
    first = chosen(batch, [0])
    with torch.no_grad():
        z = network.condition(first.series, first.day_offsets, first.present, first.levels).levels
        x_u = first.levels[0](first.series[first.present])
        sr = torch.full((1, 12, *x_u.shape[1:]), torch.nan, dtype=x_u.dtype)
        sr[first.present] = x_u
        return z, network.encode_sr(sr, first.day_offsets, first.present).levels


def check_months_go_by_their_dates(network: TSRDiff, batch: Batch) -> None:
    z, features = encoded(network, batch)
    slots = batch.present[0].nonzero()[:, 0].tolist()
    places = [slots.index(slot) for slot in ORDER.tolist() if slot in slots]
    moved_z, moved_features = encoded(network, reordered(batch))
    for found, expected in zip(moved_z, z, strict=True):
        check_same(found, expected[places])
    for found, expected in zip(moved_features, features, strict=True):
        check_same(found, expected)
    later = replace(batch, day_offsets=batch.day_offsets + 90)
    for others in (parted(batch), later):
        other_z, other_features = encoded(network, others)
        for name, one, other in (("E_C", z, other_z), ("E_SR", features, other_features)):
            apart = min(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))
            assert apart > EFFECT, f"{name}: {apart:.3g} by other dates"


def test_months_go_by_their_dates_and_not_by_their_order(network: TSRDiff, batch: Batch) -> None:
    check_months_go_by_their_dates(network, batch)


def test_a_step_goes_by_dates_and_not_by_order(
    network: TSRDiff, batch: Batch, whole: Tensor
) -> None:
    check_same(outcome(network, reordered(batch)), whole)
    others = outcome(network, parted(batch))
    check_same(others[1:], whole[1:])
    # L_T goes by dates of its own accord, so that it is the class scores that tell.
    assert float((others - whole)[0, 7:].abs().max()) > EFFECT


def of_zeros(days: Tensor, width: int, longest: float) -> Tensor:
    return torch.zeros(*days.shape, width)


def of_places(days: Tensor, width: int, longest: float) -> Tensor:
    return date_code(torch.arange(len(days)), width, longest)


@pytest.mark.parametrize(("planted", "message"), [(of_zeros, "E_C: 0 by"), (of_places, "apart")])
def test_seen_to_fail_with_a_code_that_is_not_of_dates(
    network: TSRDiff,
    batch: Batch,
    monkeypatch: pytest.MonkeyPatch,
    planted: Callable[..., Tensor],
    message: str,
) -> None:
    """Planted: a code of zeros, 0 by other dates; of the place in the array, z 3.6 apart."""
    monkeypatch.setattr("lcapp.models.series.temporal.date_code", planted)
    with pytest.raises(AssertionError, match=message):
        check_months_go_by_their_dates(network, batch)


# Flips and turns.


def x_u(example: Example) -> np.ndarray:
    prepared = example.prepared
    return apply_window(prepared.series[prepared.present], prepared.windows.levels[0])


def check_all_turns_with_the_scene(scene: Scene, symmetry: Symmetry) -> None:
    examples = examples_of(scene, augment=True, align="affine")
    straight = examples_of(scene, align="affine")[0, 0]
    turned = examples[0, visit_with(examples, symmetry)]
    assert np.array_equal(turned.prepared.aerial, symmetry.image(straight.prepared.aerial))
    for name in ("labels", "sr_labels"):
        expected = symmetry.image(getattr(straight.targets, name))
        assert np.array_equal(getattr(turned.targets, name), expected), name
    pairs = {
        "x0^D": (turned.targets.aerial_on_sr, straight.targets.aerial_on_sr),
        "x_u": (x_u(turned), x_u(straight)),
    }
    for name, (found, before) in pairs.items():
        apart = np.abs(found - symmetry.image(before)).max()
        assert apart < TOLERANCE, f"{name}: {apart:.3g} apart"


@pytest.mark.parametrize("corner", [MIDDLE, OFF_CENTRE], ids=["centred", "off centre"])
@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_labels_x0_and_x_u_turn_with_the_scene(
    symmetry: Symmetry, corner: tuple[float, float]
) -> None:
    """Off the centre of its crop by a fraction of a pixel that differs in both axes, or not."""
    check_all_turns_with_the_scene(moved(textured(), *corner), symmetry)


@pytest.mark.parametrize("symmetry", SYMMETRIES[1:], ids=str)
def test_seen_to_fail_with_the_windows_of_before_the_turn(
    symmetry: Symmetry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: windows kept. x_u was 0.16 to 1.7 apart off the centre; unseen in it."""
    prepared = Symmetry.prepared

    def kept(self: Symmetry, one: Prepared) -> Prepared:
        return replace(prepared(self, one), windows=one.windows)

    monkeypatch.setattr(Symmetry, "prepared", kept)
    check_all_turns_with_the_scene(moved(textured(), *MIDDLE), symmetry)
    with pytest.raises(AssertionError, match="x_u"):
        check_all_turns_with_the_scene(textured(), symmetry)


def test_seen_to_fail_with_targets_that_are_left_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Planted: labels turned, x0^D not. It was 0.3 apart."""

    def labels_alone(self: Symmetry, one: Targets) -> Targets:
        turned = {name: self.image(getattr(one, name)) for name in ("labels", "sr_labels")}
        return replace(one, **turned)

    monkeypatch.setattr(Symmetry, "targets", labels_alone)
    with pytest.raises(AssertionError, match=r"x0\^D"):
        check_all_turns_with_the_scene(textured(), SYMMETRIES[3])
