"""What a training step makes of targets: how strongly they pull, and what of them is season."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule
from lcapp.families.tsrdiff.catalogue import build
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.config import TERMS, DataConfig, LossConfig, ObjectiveConfig, TrainConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.known import known, residual_target
from lcapp.train.tsrdiff.objective import objective
from tests.initial import SMALLEST

SCHEDULE = CosineSchedule(DiffusionConfig())


@pytest.fixture(scope="module")
def batch(small_folder: Path) -> Batch:
    """Two scenes of four months."""
    collection, data = open_collection(small_folder), DataConfig(str(small_folder))
    draws = Draws(0, 500, per_month=False, augment=False, few_step_share=0.0)
    examples = Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws)
    return collate([examples[0, 0], examples[2, 0]])


@pytest.mark.parametrize("k", [50, 250, 400])
def test_what_flows_back_through_x0_is_scaled_by_the_share_of_signal_itself(
    batch: Batch, k: int
) -> None:
    """By abar_k, not by its root: at k = 400 that would be three times as much."""
    network = build(SMALLEST, seed=0).eval()
    at_k = replace(batch, k=torch.full_like(batch.k, k))
    gradients = []
    for weighted in (True, False):
        alone = LossConfig(**{**dict.fromkeys(TERMS, 0.0), "radiometric": 1.0})
        losses = replace(alone, weight_by_signal=weighted)
        terms = objective(network, at_k, SCHEDULE, ObjectiveConfig(losses)).terms
        assert terms.radiometric is not None
        gradients.append(
            torch.autograd.grad(terms.radiometric.sum(), network.denoiser.head[-1].weight)[0]
        )
    share = float(SCHEDULE.alphas_bar[k])
    torch.testing.assert_close(gradients[0], share * gradients[1], rtol=1e-3, atol=1e-7)


def test_the_high_pass_takes_off_what_the_series_can_tell_and_not_the_tiles_mean_alone(
    batch: Batch,
) -> None:
    """The aerial image's fields, 12 m and more wide, are the series' to tell in its own months."""
    network = build(SMALLEST, seed=0).eval()
    # Inside the bound of the residual, so that nothing is clamped; its fields still differ.
    quiet = replace(batch, aerial_on_sr=batch.aerial_on_sr / 8, aerial_low=batch.aerial_low / 8)
    seen = known(network, quiet, SCHEDULE)
    config = ObjectiveConfig(residual="high-pass")
    detail = residual_target(quiet, seen, config) / 2  # N C Hs Ws
    told = quiet.down(detail, quiet.scenes)  # N C h w
    aerial = quiet.aerial_on_sr - quiet.aerial_on_sr.mean((2, 3), keepdim=True)
    fields = quiet.down(aerial)  # B C h w
    months = quiet.present.nonzero()[:, 1]
    for image, (scene, month) in enumerate(zip(quiet.scenes, months, strict=True)):
        inside = quiet.inside[scene]
        left = float(told[image][:, inside].abs().mean())
        whole = float(fields[scene][:, inside].abs().mean())
        if month != quiet.nearest[scene]:
            assert left < 0.4 * whole, f"{left / whole:.2f} of the fields are left"


def test_scenes_alike_but_for_their_names_are_sampled_from_noise_of_their_own(
    batch: Batch,
) -> None:
    config = TrainConfig(DataConfig(""), objective=ObjectiveConfig(few_steps=1, validation_steps=1))
    learner = JointTraining(build(SMALLEST, seed=0), config, 10, tuple(range(12))).eval()
    examples = replace(batch, scene_ids=("one", "other"))
    again = replace(batch, scene_ids=("one", "one"))
    with torch.no_grad():
        samples = []
        for named in (examples, again):
            outcome = objective(learner.network, named, SCHEDULE, learner.objective)
            samples.append(learner.sample(named, outcome) - outcome.known.x_u)
        few = replace(batch, few_step=torch.ones_like(batch.few_step))
        few = replace(few, sample_seeds=few.sample_seeds[:1].expand(2))
        read = []
        for ids in (("one", "other"), ("one", "one")):
            found = objective(
                learner.network, replace(few, scene_ids=ids), SCHEDULE, learner.objective
            )
            read.append(found.logits[1])
    second = batch.scenes == 1
    # The first scene keeps its noise, whatever the second is called.
    torch.testing.assert_close(samples[0][~second], samples[1][~second], rtol=0, atol=0)
    apart = torch.stack([one[second].flatten() for one in samples])
    assert abs(float(torch.corrcoef(apart)[0, 1])) < 0.8
    assert float((read[0] - read[1]).abs().max()) > 1e-6
