"""Fault 11: the season erased in training, because every month is to become the aerial image.

x_k of a month is made from its target, so a perfect estimate is the target itself. With the
paper's residual all months then equal the aerial image; with the high-pass residual, ours, a month
keeps its own level. The paper's stays the default until a measurement says otherwise.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lcapp.diffusion.schedule import from_residual
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.prepare import InputSpec
from lcapp.train.config import DataConfig, ObjectiveConfig, TrainConfig
from lcapp.train.data.batch import Batch, collate
from lcapp.train.tsrdiff.joint import SAMPLE_SEED, JointTraining
from lcapp.train.tsrdiff.known import Known, residual_target
from lcapp.train.tsrdiff.objective import objective
from tests.faults.scenes import QUARTERS, examples_of, textured
from tests.faults.test_samples import FEW, SCHEDULE, samples
from tests.scenes import with_parts

OFFSET = 0.30
"""Of each month against the one before, in the network's range."""

SHIFTS = dict(zip(QUARTERS, (-OFFSET, 0.0, OFFSET, 0.0), strict=True))


@pytest.fixture(scope="module")
def seasonal() -> Batch:
    """Months that differ by a constant; an aerial image of little contrast on their level."""
    scene = textured()
    spec = InputSpec()
    numbers = np.empty_like(scene.sentinel2.values)
    for place, month in enumerate(QUARTERS):
        for channel, band in enumerate(scene.sentinel2.bands):
            span = spec.scaling(band).high - spec.scaling(band).low
            scaled = -0.2 + SHIFTS[month]
            numbers[place, channel] = 10_000 * (spec.scaling(band).low + (scaled + 1) / 2 * span)
    pixels = (0.8 * 255 / 2 + (scene.aerial.pixels - 127.5) * 0.2).clip(0, 255).astype(np.uint8)
    scene = with_parts(
        scene,
        series=replace(scene.sentinel2, values=numbers),
        aerial=replace(scene.aerial, pixels=pixels),
    )
    return collate([examples_of(scene)[0, 0]])


def bicubic_alone(batch: Batch) -> Known:
    x_u = batch.levels[0](batch.series[batch.present], batch.scenes)
    return Known([], x_u, x_u, None)


def seasons(batch: Batch, residual: str) -> dict[int, float]:
    """Mean of a perfect SR of each month, less that of May, in the network's range."""
    seen = bicubic_alone(batch)
    config = replace(ObjectiveConfig(), residual=residual)
    sr = from_residual(residual_target(batch, seen, config), seen.base)
    means = dict(zip(QUARTERS, sr.mean((1, 2, 3)).tolist(), strict=True))
    return {month: mean - means[5] for month, mean in means.items()}


def check_the_season_is_kept(batch: Batch, residual: str) -> None:
    found = seasons(batch, residual)
    for month in (2, 11):  # of the others, one is tau_HR and one the month compared with
        assert abs(found[month] - SHIFTS[month]) < 0.02, f"{month}: {found[month]:+.2f}"


def test_the_high_pass_residual_keeps_the_season(seasonal: Batch) -> None:
    check_the_season_is_kept(seasonal, "high-pass")


def test_seen_to_fail_with_the_papers_residual(seasonal: Batch) -> None:
    """February's -0.30 became 0.00."""
    with pytest.raises(AssertionError, match=r"2: [+-]0\.0"):
        check_the_season_is_kept(seasonal, "aerial")


def test_at_tau_hr_both_are_the_papers(seasonal: Batch) -> None:
    kinds = [replace(ObjectiveConfig(), residual=one) for one in ("aerial", "high-pass")]
    one, other = (residual_target(seasonal, bicubic_alone(seasonal), kind) for kind in kinds)
    place = int(seasonal.present[0, : seasonal.nearest[0]].sum())
    assert torch.equal(one[place], other[place])
    assert float((one - other).abs().max()) > 0.2


def check_the_shift_told_is_that_of_samples(network: TSRDiff, batch: Batch) -> None:
    learner = JointTraining(network, TrainConfig(DataConfig(""), objective=FEW), 1, (0,)).eval()
    told: dict[str, float] = {}
    learner.report = lambda stage, values, scenes: told.update(
        {f"{stage}/{name}": float(value) for name, value in values.items()}
    )
    with torch.no_grad():
        learner.validation_step(batch, 0)
        learner.on_validation_epoch_end()
        outcome = objective(network, batch, SCHEDULE, FEW)
        sampled = samples(network, batch, outcome, [SAMPLE_SEED] * 2)
    months = (batch.present.nonzero()[:, 1] + 1).tolist()  # each in one scene alone
    prefix = "validation/month_shift_"
    assert {name for name in told if name.startswith(prefix)} == {
        f"{prefix}{suffix}{month:02d}" for suffix in ("", "one_step_") for month in months
    }
    for suffix, sr in (("", sampled), ("one_step_", outcome.sr)):
        shifts = (sr - outcome.known.x_u).mean((1, 2, 3)).tolist()
        for month, shift in zip(months, shifts, strict=True):
            apart = abs(told[f"{prefix}{suffix}{month:02d}"] - shift)
            assert apart < 1e-3, f"{suffix}{month}: {apart:.3f} from that of samples"


def test_the_shift_told_of_each_month_is_that_of_samples_and_of_estimates(
    network: TSRDiff, batch: Batch
) -> None:
    check_the_shift_told_is_that_of_samples(network, batch)


def test_seen_to_fail_when_the_estimates_shift_is_told_as_that_of_samples(
    network: TSRDiff, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: one-step estimates in place of the samples. February's shift was told 0.024 off,
    August's 0.139."""
    monkeypatch.setattr(JointTraining, "sample", lambda self, batch, outcome: outcome.sr)
    with pytest.raises(AssertionError, match=r"2: 0\.02\d from that of samples"):
        check_the_shift_told_is_that_of_samples(network, batch)
