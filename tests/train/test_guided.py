"""Training a denoiser on what simulated months really looked like, with the aerial image to see."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lcapp.classes import FLAIR2
from lcapp.diffusion.config import DiffusionConfig
from lcapp.diffusion.schedule import CosineSchedule, from_residual
from lcapp.errors import RunError, SceneError
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS, with_options
from lcapp.families.tsrdiff.weights import save
from lcapp.prepare import InputSpec, prepare, unguided
from lcapp.scene.collection import open_collection
from lcapp.train.config import (
    DataConfig,
    LossConfig,
    MachineConfig,
    NetworkOptions,
    ObjectiveConfig,
    TrainConfig,
)
from lcapp.train.data.batch import Batch, collate
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples
from lcapp.train.run import Run
from lcapp.train.tsrdiff.denoising import Consistency, Denoising
from lcapp.train.tsrdiff.joint import JointTraining
from lcapp.train.tsrdiff.known import known, residual_target
from lcapp.train.tsrdiff.objective import objective
from lcapp.train.tsrdiff.plan import TSRDiffPlan
from tests.initial import SMALLEST
from tests.scenes import put_truth

DIFFUSION = DiffusionConfig(residual_deviation=0.3, base="guided")
SCHEDULE = CosineSchedule(DIFFUSION)
TRUTH = ObjectiveConfig(targets="truth", losses=LossConfig(noise_norm="unit"))
GUIDED = with_options(SMALLEST, guide="aerial")


@pytest.fixture(scope="module")
def folder(write_scenes: Callable[..., Path]) -> Path:
    """Tiles of 104 pixels whose months were 0.1 at 1.6 m, in the near infrared 0.3."""
    root = write_scenes({"D001_2021": 2, "D004_2021": 1}, 104)
    for scene_id in open_collection(root).ids:
        put_truth(root, scene_id)
    return root


def config(folder: Path, **options: object) -> TrainConfig:
    return TrainConfig(DataConfig(str(folder)), diffusion=DIFFUSION, objective=TRUTH, **options)  # type: ignore[arg-type]


def examples(folder: Path, **settings: object) -> Examples:
    collection, data = open_collection(folder), replace(DataConfig(str(folder)), **settings)
    draws = Draws.of_run(replace(config(folder), data=data))
    return Examples(collection, collection.ids, InputSpec(), FLAIR2, data, draws, True, "truth")


@pytest.fixture
def batch(folder: Path) -> Batch:
    seen = examples(folder, unguided_share=0.0)
    return collate([seen[0, 0], seen[1, 0]])


@pytest.fixture
def network() -> TSRDiff:
    return build(GUIDED, seed=0).eval()


def test_the_residual_leads_from_guided_upsampling_to_the_truth(
    batch: Batch, network: TSRDiff
) -> None:
    seen = known(network, batch, SCHEDULE)
    found = from_residual(residual_target(batch, seen, TRUTH), seen.base)
    assert batch.truth is not None
    bound = (found - seen.base).abs() > 0.4999
    wanted = batch.truth[batch.present]
    assert torch.allclose(found[~bound], wanted[~bound], atol=1e-5)
    # 0.1 of 0..0.3 and 0.3 of 0..0.6, on the scale of -1 to 1.
    assert wanted[0, :, 0, 0].tolist() == pytest.approx([-1 / 3, -1 / 3, -1 / 3, 0], abs=1e-5)


def test_without_the_guide_a_visit_begins_with_the_bicubic_months_and_sees_nothing(
    folder: Path,
) -> None:
    (one,) = (examples(folder, unguided_share=1.0, augment=False)[0, 0],)
    scene = open_collection(folder).scene(open_collection(folder).ids[0])
    plain = unguided(prepare(scene, InputSpec(), registration=True))
    assert one.guide is not None
    np.testing.assert_array_equal(one.guide.image, plain.image)
    assert one.guide.place is None


def test_in_a_batch_a_scene_without_a_guide_shows_nothing(folder: Path) -> None:
    with_guide = examples(folder, unguided_share=0.0)[0, 0]
    without = examples(folder, unguided_share=1.0)[1, 0]
    batch = collate([with_guide, without])
    network = build(GUIDED, 0)
    seen = known(network, batch, SCHEDULE)
    own = batch.scenes == 0
    assert seen.guide is not None
    assert (seen.guide[own] != 0).flatten(2).any(2).all()  # every channel of every month
    assert not seen.guide[~own].any()
    assert torch.equal(seen.base[~own], batch.of_months(batch.image)[~own])
    torch.testing.assert_close(seen.base[~own], seen.x_u[~own], rtol=0, atol=1e-6)


def test_phases_before_the_last_do_without_what_lies_at_a_fifth_of_a_metre(folder: Path) -> None:
    whole = examples(folder, unguided_share=0.0)
    coarse = replace(whole, fine=False)
    one, other = whole[0, 0], coarse[0, 0]
    assert other.prepared.aerial.size == other.targets.labels.size == 0
    np.testing.assert_array_equal(one.guide.place, other.guide.place)
    np.testing.assert_array_equal(one.targets.sr_labels, other.targets.sr_labels)
    config_of_all = config(folder, denoiser_passes=1, consistency_passes=1, pretrain_passes=1)
    config_of_all = replace(config_of_all, network=NetworkOptions(guide="aerial"))
    plan = TSRDiffPlan(config_of_all, InputSpec(), FLAIR2)
    assert [phase.fine for phase in plan.phases] == [False, False, False, True]


def test_flips_turn_the_guide_and_the_truth_with_the_scene(folder: Path) -> None:
    seen = examples(folder, unguided_share=0.0, disturbed_share=0.0)
    for visit in range(4):
        one = seen[0, visit]
        still = replace(seen, draws=replace(seen.draws, augment=False))[0, visit]
        assert one.guide is not None
        assert still.guide is not None
        turned = one.draw.symmetry.image
        np.testing.assert_allclose(one.guide.image, turned(still.guide.image), atol=1e-6)
        np.testing.assert_allclose(one.guide.place, turned(still.guide.place), atol=1e-6)
        np.testing.assert_array_equal(one.targets.truth, turned(still.targets.truth))


def test_every_month_has_a_step_and_noise_of_its_own_where_its_truth_is_known(
    batch: Batch,
) -> None:
    assert batch.noise.shape[1] == 12
    assert len(set(batch.k[0].tolist())) > 6


def test_a_scene_whose_truth_nobody_knows_is_named(small_folder: Path) -> None:
    collection, data = open_collection(small_folder), DataConfig(str(small_folder))
    seen = Examples(
        collection,
        collection.ids,
        InputSpec(),
        FLAIR2,
        data,
        Draws.of_run(config(small_folder)),
        True,
        "truth",
    )
    with pytest.raises(SceneError, match=r"IMG_.*nobody knows.*--targets paper"):
        seen[0, 0]


def test_l_d_is_the_mean_over_the_months_in_units_of_what_the_network_is_asked_for(
    batch: Batch, network: TSRDiff
) -> None:
    """With an answer of 0, by hand: the noise that the best linear guess misses, in its units."""
    network.denoiser.start_at_zero()
    found = objective(network, batch, SCHEDULE, TRUTH).terms.diffusion
    seen = known(network, batch, SCHEDULE)
    x0 = residual_target(batch, seen, TRUTH).double()
    k, noise = batch.k[batch.present], batch.noise[batch.present].double()
    abar = SCHEDULE.alphas_bar[k][:, None, None, None]
    x_k = abar.sqrt() * x0 + (1 - abar).sqrt() * noise
    variance = abar * 0.3**2 + 1 - abar
    missed = noise - (1 - abar).sqrt() / variance * x_k
    of_months = (missed / ((abar / variance).sqrt() * 0.3)).square().mean((1, 2, 3))
    expected = [float(of_months[batch.scenes == scene].mean()) for scene in range(2)]
    assert found is not None
    assert found.tolist() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kind", [Denoising, Consistency])
def test_both_phases_before_the_joint_training_teach_the_denoiser_alone(
    folder: Path, batch: Batch, kind: type[Denoising]
) -> None:
    network = build(GUIDED, seed=0)
    learner = kind(network, config(folder), 10)
    learner.report = lambda *said: None  # type: ignore[method-assign]
    learner.training_step(batch, 0).backward()
    taught = {name for name, one in network.named_parameters() if one.grad is not None}
    assert taught == {name for name, _ in network.named_parameters() if name.startswith("denoiser")}


def test_a_denoiser_that_answers_the_same_at_all_steps_is_consistent(
    folder: Path, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: no loss but at steps that are compared with x_0 itself; those are made none here."""
    network = build(GUIDED, seed=0)
    learner = Consistency(network, config(folder), 10)
    moved = replace(batch, k=batch.k.clamp(min=1))
    answer = torch.full((1,), 0.2)
    monkeypatch.setattr(
        CosineSchedule, "predict_x0", lambda self, x, k, eps: (answer.expand_as(x), x[:, 0, 0, 0])
    )
    assert float(learner._loss(moved)) == 0.0


def test_frozen_the_denoiser_gets_no_gradient_and_the_classifiers_learn_on_samples(
    folder: Path, batch: Batch
) -> None:
    network = build(GUIDED, seed=0)
    frozen = replace(TRUTH, denoiser="frozen", sampler="consistency", few_steps=1)
    learner = JointTraining(network, replace(config(folder), objective=frozen), 10, (0,))
    learner.report = lambda *said: None  # type: ignore[method-assign]
    learner.training_step(batch, 0).backward()
    moved = {name.partition(".")[0] for name, p in network.named_parameters() if p.grad is not None}
    assert moved == {"encoder_sr", "sr_decoder", "hr_encoder", "fusion", "hr_decoder"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"diffusion": DiffusionConfig()}, "--noise-norm unit without a deviation"),
        ({"diffusion": DiffusionConfig(base="guided", residual_deviation=0.3)}, "no guide"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(
    folder: Path, tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        Run(
            config(folder, **changed)
            if "diffusion" not in changed
            else replace(config(folder), **changed),
            tmp_path / "run",
            MachineConfig("cpu"),
        )


def test_a_run_may_begin_with_the_parts_of_a_bundle_that_have_its_sizes(
    folder: Path, tmp_path: Path
) -> None:
    """A bundle without a guide gives all but the denoiser to one that has it."""
    other, described = tmp_path / "first", load("tiny").config
    given = build(VARIANTS["tiny"], 9)
    save(other, given, replace(described, name="first"))
    started = Run(
        replace(
            config(folder),
            network=NetworkOptions(guide="aerial", init=str(other)),
            pretrain_passes=0,
            seed=5,
        ),
        tmp_path / "run",
        MachineConfig("cpu"),
    )
    random = build(with_options(VARIANTS["tiny"], guide="aerial"), 5)
    random.denoiser.start_at_zero()
    for name, tensor in started.plan.network.state_dict().items():
        own = name.startswith(("denoiser.", "sr_decoder."))
        expected = (random if own else given).state_dict()[name]
        torch.testing.assert_close(tensor, expected, atol=2e-3, rtol=2e-3)  # float16 on disk
    assert started.plan.origins().startswith(" Parts of equal sizes from the bundle ")
    assert started.plan.origins().endswith("/first.")


@pytest.mark.parametrize("init", ["", "tiny"])
def test_e_sr_is_a_copy_of_e_c_unless_a_bundle_has_given_it(folder: Path, init: str) -> None:
    options = NetworkOptions(variant="tiny", guide="aerial", init=init)
    plan = TSRDiffPlan(config(folder, network=options), InputSpec(), FLAIR2)
    plan.start()
    plan.phases[0].taught()
    one, copy = (part.state_dict() for part in (plan.network.encoder_sr, plan.network.encoder_c))
    same = all(torch.equal(one[name], copy[name]) for name in copy)
    assert same != bool(init)


def test_without_a_last_phase_the_bundle_is_the_one_it_began_with_and_a_taught_denoiser(
    folder: Path, tmp_path: Path
) -> None:
    """As it takes the map of another training over, and where that took the pixels to lie."""
    options = NetworkOptions(variant="tiny", guide="aerial", init="tiny")
    whole = config(
        folder, network=options, pretrain_passes=0, denoiser_passes=1, iterations=0, batch=2
    )
    found, given = load(Run(whole, tmp_path / "run", MachineConfig("cpu")).train()), load("tiny")
    assert found.sizes.fusion.centres == given.sizes.fusion.centres
    after, before = found.network.state_dict(), given.network.state_dict()
    for name, tensor in before.items():
        if not name.startswith("denoiser."):
            assert torch.equal(after[name], tensor), name
    assert found.config.provenance.startswith("Trained by `python -m lcapp train` without its last")
    assert "Parts of equal sizes from the bundle tiny." in found.config.provenance


def test_no_last_phase_and_no_first_weights_is_refused(folder: Path, tmp_path: Path) -> None:
    guided = config(folder, network=NetworkOptions(guide="aerial"), iterations=0)
    with pytest.raises(RunError, match="the maps would mean nothing"):
        Run(guided, tmp_path / "run", MachineConfig("cpu"))


@pytest.mark.slow
def test_all_phases_leave_a_bundle_that_answers_in_one_step(folder: Path, tmp_path: Path) -> None:
    whole = replace(
        config(folder),
        network=NetworkOptions(guide="aerial"),
        objective=replace(
            TRUTH, denoiser="frozen", sampler="consistency", few_steps=1, validation_steps=1
        ),
        batch=2,
        pretrain_passes=1,
        denoiser_passes=2,
        consistency_passes=2,
        iterations=2,
        round=2,
    )
    bundle = Run(whole, tmp_path / "run", MachineConfig("cpu")).train()
    told = load(bundle)
    assert told.diffusion.base == "guided"
    assert told.sizes.guided
    files = {one.name for one in (tmp_path / "run").glob("*.safetensors")}
    assert files == {"pretrained.safetensors", "denoiser.safetensors", "consistency.safetensors"}
