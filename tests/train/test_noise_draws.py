"""Several draws of k and noise for L_D: the mean of what each would have given alone."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.config import DataConfig, ObjectiveConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.objective import objective

SCHEDULE = CosineSchedule(DiffusionConfig())


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    """Two scenes with three draws each."""
    collection = open_collection(small_folder)
    draws = Draws(0, 500, per_month=False, augment=True, few_step_share=0.0, noise_draws=3)
    data = DataConfig(str(small_folder))
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    return collate([examples[0, 0], examples[2, 0]])


@pytest.fixture(scope="module")
def network() -> TSRDiff:
    return build(VARIANTS["demo"], seed=0).eval()


@pytest.mark.parametrize("residual", ["aerial", "high-pass"])
def test_the_diffusion_loss_is_the_mean_over_the_draws_and_no_other_loss_sees_them(
    network: TSRDiff, batch: Batch, residual: str
) -> None:
    config = ObjectiveConfig(residual=residual)

    def terms(batch: Batch) -> dict[str, Tensor]:
        with torch.no_grad():
            return objective(network, batch, SCHEDULE, config).terms.used()

    none = {"more_k": batch.more_k[:, :0], "more_noise": batch.more_noise[:, :0]}
    alone = replace(batch, **none)
    each = [terms(alone)["diffusion"]]
    for draw in range(2):
        k = batch.more_k[:, draw, None].expand_as(batch.k)
        other = replace(alone, k=k, noise=batch.more_noise[:, draw, None])
        each.append(terms(other)["diffusion"])
    found, first = terms(batch), terms(alone)
    torch.testing.assert_close(found["diffusion"], torch.stack(each).mean(0))
    assert (torch.stack(each).std(0) > 1e-3).all()
    for name in set(found) - {"diffusion"}:
        assert torch.equal(found[name], first[name])


def test_further_draws_leave_the_first_one_and_all_else_as_it_was() -> None:
    one = Draws(3, 50, per_month=False, augment=True, few_step_share=0.5)
    first, more = (draws.of("a/1", 7, (4, 2, 2)) for draws in (one, replace(one, noise_draws=4)))
    assert torch.equal(first.k, more.k)
    assert torch.equal(first.noise, more.noise)
    assert (first.symmetry, first.sample_seed) == (more.symmetry, more.sample_seed)
    assert first.more_k.shape == (0,)
    assert more.more_noise.shape == (3, 4, 2, 2)
    drawn = torch.cat([more.noise, more.more_noise]).flatten(1)
    assert len(drawn.unique(dim=0)) == 4  # no noise image comes twice
