"""What must not change the loss of a scene, and what must turn with it; each to 1e-5."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lcapp.classes import FLAIR2
from lcapp.diffusion import CosineSchedule, DiffusionConfig
from lcapp.models.catalogue import VARIANTS, build
from lcapp.models.windows import BatchWindow
from lcapp.prepare import SYMMETRIES, InputSpec, Symmetry, apply_window
from lcapp.scene import open_collection
from lcapp.train.batch import Batch, collate
from lcapp.train.config import DataConfig, ObjectiveConfig
from lcapp.train.draws import Draws
from lcapp.train.examples import Examples
from lcapp.train.objective import objective
from tests.faults.scenes import examples_of, textured, visit_with

SCHEDULE = CosineSchedule(DiffusionConfig())


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    """Three scenes of four, three and one month."""
    collection = open_collection(small_folder)
    data = DataConfig(str(small_folder))
    draws = Draws(0, 500, per_epoch=False, augment=True, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    whole = collate([examples[place, 0] for place in range(3)])
    present = whole.present.clone()
    present[1, 1] = False
    present[2] = False
    present[2, whole.nearest[2]] = True
    return replace(whole, present=present)


def terms(batch: Batch) -> torch.Tensor:
    """7 B, in evaluation mode. Float64: random weights make class scores of hundreds."""
    network = build(VARIANTS["tiny"], seed=0).double().eval()
    wide = {
        one.name: value.double()
        for one in fields(batch)
        if isinstance(value := getattr(batch, one.name), torch.Tensor) and value.is_floating_point()
    }
    with torch.no_grad():
        found = objective(network, replace(batch, **wide), SCHEDULE, ObjectiveConfig())
    return torch.stack(list(found.terms.used().values()))


def chosen(batch: Batch, scenes: list[int]) -> Batch:
    """These scenes of the batch, in this order."""

    def take(value: object) -> object:
        if isinstance(value, BatchWindow):
            return BatchWindow(value.rows[scenes], value.cols[scenes])
        if isinstance(value, tuple):
            if isinstance(value[0], BatchWindow):
                return tuple(take(one) for one in value)
            return tuple(value[scene] for scene in scenes)
        return value[scenes]

    return Batch(**{one.name: take(getattr(batch, one.name)) for one in fields(batch)})


@pytest.mark.parametrize("scenes", [[0], [1], [2], [2, 0, 1], [1, 2]], ids=str)
def test_the_other_scenes_of_a_batch_have_no_say(batch: Batch, scenes: list[int]) -> None:
    whole, part = terms(batch), terms(chosen(batch, scenes))
    assert float((whole[:, scenes] - part).abs().max()) < 1e-5


@pytest.mark.parametrize("value", [float("nan"), 0.0, 1e6])
def test_what_absent_months_hold_has_no_say(batch: Batch, value: float) -> None:
    absent = ~batch.present
    held = replace(
        batch,
        series=torch.where(absent[:, :, None, None, None], value, batch.series),
        day_offsets=torch.where(absent, value, batch.day_offsets),
        noise=batch.noise,
    )
    assert float((terms(held) - terms(batch)).abs().max()) < 1e-5


def test_the_order_of_epochs_with_their_dates_has_no_say(batch: Batch) -> None:
    order = torch.randperm(12, generator=torch.Generator().manual_seed(0))
    moved = replace(
        batch,
        series=batch.series[:, order],
        day_offsets=batch.day_offsets[:, order],
        present=batch.present[:, order],
        k=batch.k[:, order],
        nearest=torch.stack([(order == one).nonzero()[0, 0] for one in batch.nearest]),
    )
    assert float((terms(moved) - terms(batch)).abs().max()) < 1e-5
    parted = replace(batch, day_offsets=batch.day_offsets.flip(1).nan_to_num(0.0))
    assert float((terms(parted) - terms(batch)).abs().max()) > 1e-3


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=str)
def test_targets_turn_with_the_scene(symmetry: Symmetry) -> None:
    """A tile off the centre of its crop, by a fraction of a pixel that differs in both axes."""
    examples = examples_of(textured(), augment=True, align="affine")
    straight = examples_of(textured(), align="affine")[0, 0]
    turned = examples[0, visit_with(examples, symmetry)]
    for name in ("labels", "sr_labels"):
        expected = symmetry.image(getattr(straight.targets, name))
        assert np.array_equal(getattr(turned.targets, name), expected)
    pairs = [
        (turned.targets.aerial_on_sr, straight.targets.aerial_on_sr),
        (x_u(turned), x_u(straight)),
    ]
    for found, before in pairs:
        assert np.abs(found - symmetry.image(before)).max() < 1e-5


def x_u(example: object) -> np.ndarray:
    prepared = example.prepared
    return apply_window(prepared.series[prepared.present], prepared.windows.levels[0])
