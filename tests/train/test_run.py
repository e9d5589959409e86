"""Whole runs, very short: what they leave, what the app makes of it, and every option."""

import io
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from lcapp import types
from lcapp.classes import COSIA, FLAIR2
from lcapp.errors import BundleError, LcappError, RunError
from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.families.tsrdiff.weights import save
from lcapp.pipeline.predict import predict
from lcapp.prepare import InputSpec, Scaling
from lcapp.record import from_json
from lcapp.scene.collection import open_collection
from lcapp.train.config import (
    DataConfig,
    MachineConfig,
    NetworkOptions,
    ObjectiveConfig,
    OptimiserConfig,
    TrainConfig,
)
from lcapp.train.rounds import Rounds
from lcapp.train.run import Run
from lcapp.train.tsrdiff.plan import TSRDiffPlan

CPU = MachineConfig("cpu")
FILES = {
    "config.json",
    "left_out.json",
    "metrics.csv",
    "pretrained.safetensors",
    "bundle/config.json",
    "bundle/model.safetensors",
    "checkpoints/joint.ckpt",
    "checkpoints/pretraining.ckpt",
    "pictures/0000002.png",
    "pictures/0000004.png",
}


def settings(folder: Path) -> TrainConfig:
    return TrainConfig(
        DataConfig(str(folder), validation_scenes=1),
        objective=ObjectiveConfig(validation_steps=2, few_steps=2),
        batch=2,
        pretrain_passes=1,
        iterations=4,
        round=2,
    )


def figures(run: Path, phase: str) -> dict[str, list[float]]:
    """The figures of a phase by name, in order."""
    found: dict[str, list[float]] = {}
    for row in (run / "metrics.csv").read_text().splitlines()[1:]:
        its_phase, _, name, value = row.split(",")
        if its_phase == phase:
            found.setdefault(name, []).append(float(value))
    return found


@pytest.fixture(scope="module")
def run(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of four iterations."""
    out = tmp_path_factory.mktemp("runs") / "first"
    bundle = Run(settings(small_folder), out, CPU).train()
    assert bundle == out / "bundle"
    return out


def test_a_run_leaves_the_documented_files_and_no_other(run: Path) -> None:
    files = {str(one.relative_to(run)) for one in run.rglob("*") if one.is_file()}
    assert {one for one in files if not one.startswith("tensorboard/")} == FILES
    for phase in ("pretraining", "joint"):
        assert list((run / "tensorboard" / phase).glob("events.out.tfevents.*"))


def test_the_settings_beside_the_results_are_those_of_the_run(
    run: Path, small_folder: Path
) -> None:
    found = from_json(TrainConfig, json.loads((run / "config.json").read_text()), run)
    assert found == settings(small_folder)


def test_every_iteration_and_every_round_has_its_figures(run: Path) -> None:
    found = figures(run, "joint")
    terms = ("hr", "sr", "diffusion", "radiometric", "gradient", "temporal", "spectral")
    for term in ("loss", "clamped", *terms):
        assert len(found[f"train/{term}"]) == 4, term
    wanted = {
        *(f"validation/{name}{suffix}" for name in ("miou", "oa") for suffix in ("", "_one_step")),
        *(f"validation/{term}" for term in ("loss", *terms)),
        *(f"validation/month_shift{s}_{m:02d}" for s in ("", "_one_step") for m in (2, 5, 8, 11)),
    }
    assert {name for name in found if name.startswith("validation/")} == wanted
    assert all(len(found[name]) == 2 for name in wanted)
    assert np.isfinite([value for values in found.values() for value in values]).all()
    assert len(figures(run, "pretraining")["train/loss"]) == 2  # four scenes, two at a time


def test_the_losses_add_up_to_the_total_with_the_weights_of_the_paper(run: Path) -> None:
    found = {name: np.array(values) for name, values in figures(run, "joint").items()}
    for stage in ("train", "validation"):
        hr, sr, noise, values, gradient, temporal, spectral = (
            found[f"{stage}/{term}"]
            for term in ("hr", "sr", "diffusion", "radiometric", "gradient", "temporal", "spectral")
        )
        rest = 0.6 * noise + 0.5 * values + 0.7 * gradient + 0.3 * temporal + 0.5 * spectral
        np.testing.assert_allclose(found[f"{stage}/loss"], 0.7 * hr + 0.3 * sr + rest, rtol=1e-5)


def test_the_bundle_says_what_it_was_trained_on(run: Path) -> None:
    bundle = load(run / "bundle")
    assert bundle.config.trained is True
    assert bundle.config.name == "first"
    assert "for 4 of 4 iterations on scenes of the folder" in bundle.config.provenance
    assert "simulated" not in bundle.config.provenance
    assert "Never seen in training: pervious surface, impervious" in bundle.config.provenance
    assert bundle.config.figures["iterations"] == 4
    shares = bundle.config.figures["class_shares"]
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
    assert {name for name, share in shares.items() if share} == {
        *("building", "water", "deciduous", "agricultural land")
    }
    last = figures(run, "joint")["validation/miou"][-1]
    assert bundle.config.figures["validation/miou"] == pytest.approx(last, abs=1e-5)


def test_the_bundle_classifies_a_real_scene(run: Path, treesat_folder: Path) -> None:
    collection = open_collection(treesat_folder)
    scene = collection.scene(collection.ids[0])
    found = predict(
        scene, load(run / "bundle"), types.Run("ddim", steps=2, device="cpu")
    ).land_cover
    assert found.class_map.shape == (scene.aerial.grid.height, scene.aerial.grid.width)
    np.testing.assert_allclose(found.probabilities.sum(0), 1, atol=1e-5)


def test_pictures_are_readable_and_show_something(run: Path) -> None:
    for path in (run / "pictures").iterdir():
        with Image.open(io.BytesIO(path.read_bytes())) as picture:
            assert picture.format == "PNG"
            # three panels above; four months, bicubic and super-resolved, below
            assert picture.size == (8 * 256, 2 * 256)
            pixels = np.asarray(picture)
        panels = [pixels[:256, 256 * column : 256 * (column + 1)] for column in range(3)]
        panels += [pixels[256:, 256 * column : 256 * (column + 1)] for column in range(8)]
        assert all(len(np.unique(panel.reshape(-1, 3), axis=0)) > 1 for panel in panels)
        reference = {tuple(color) for color in panels[1].reshape(-1, 3)}
        assert len(reference) == 4  # four parcels of four classes
        assert (pixels[:256, 3 * 256 :] == 255).all()


def test_checkpoints_need_no_pickle(run: Path) -> None:
    for phase in ("pretraining", "joint"):
        state = torch.load(run / "checkpoints" / f"{phase}.ckpt", weights_only=True)
        assert {"epoch", "global_step", "state_dict", "optimizer_states"} <= state.keys()


def part(tensors: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(name): v for k, v in tensors.items() if k.startswith(name)}


def test_the_conditioning_encoder_learns_in_phase_1_and_is_frozen_in_phase_2(run: Path) -> None:
    """Its batch statistics among it; the bundle holds it to float16, the checkpoint exactly."""
    pretrained = load_file(run / "pretrained.safetensors")
    initial = build(VARIANTS["tiny"], 0).encoder_c.state_dict()
    state = torch.load(run / "checkpoints/joint.ckpt", weights_only=True)["state_dict"]
    in_checkpoint = part(state, "network.encoder_c.")
    in_bundle = part(load_file(run / "bundle/model.safetensors"), "encoder_c.")
    assert pretrained.keys() == initial.keys() == in_checkpoint.keys() == in_bundle.keys()
    for name, tensor in pretrained.items():
        assert torch.equal(in_checkpoint[name], tensor), name
        assert torch.equal(in_bundle[name], tensor.to(in_bundle[name].dtype)), name
    moved = {name for name in initial if not torch.equal(initial[name], pretrained[name])}
    trained = {name for name, _ in build(VARIANTS["tiny"], 0).encoder_c.named_parameters()}
    assert len(moved & trained) > 0.9 * len(trained)


def test_all_parts_but_the_conditioning_encoder_move_in_phase_2(run: Path) -> None:
    network: TSRDiff = build(VARIANTS["tiny"], 0)
    network.encoder_c.load_state_dict(load_file(run / "pretrained.safetensors"))
    network.start_encoder_sr()
    before = network.state_dict()
    state = torch.load(run / "checkpoints/joint.ckpt", weights_only=True)["state_dict"]
    after = part(state, "network.")
    moved = {
        name.partition(".")[0] for name in before if not torch.equal(before[name], after[name])
    }
    assert moved == {name for name, _ in network.named_children()} - {"encoder_c"}


def test_the_encoder_of_the_super_resolved_series_begins_with_what_the_other_learnt(
    run: Path,
) -> None:
    """Four iterations at a rate of at most 1e-4 leave it near; initial weights lie far away."""
    pretrained = load_file(run / "pretrained.safetensors")
    state = torch.load(run / "checkpoints/joint.ckpt", weights_only=True)["state_dict"]
    after = part(state, "network.encoder_sr.")
    named = [name for name, _ in build(VARIANTS["tiny"], 0).encoder_c.named_parameters()]
    assert set(named) <= after.keys()
    for name in named:
        assert float((after[name] - pretrained[name]).abs().max()) < 1e-3, name


@pytest.fixture(scope="module")
def denoised(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which eps_w had a phase of its own, and no other after it but one iteration."""
    out = tmp_path_factory.mktemp("runs") / "denoised"
    Run(with_denoising(small_folder), out, CPU).train()
    return out


def with_denoising(folder: Path) -> TrainConfig:
    config = settings(folder)
    return replace(
        config,
        optimiser=OptimiserConfig(learning_rate=3e-3),
        diffusion=replace(config.diffusion, residual_deviation=0.25),
        objective=replace(config.objective, noise_draws=4),
        denoiser_passes=8,
        iterations=1,
    )


@pytest.mark.slow
def test_eps_w_learns_to_denoise_alone_before_the_rest_where_it_is_asked_for(
    denoised: Path,
) -> None:
    found = figures(denoised, "denoising")
    assert len(found["train/loss"]) == 16  # 8 passes over 4 scenes, 2 at once
    # It begins with the best linear guess, and what it learns makes that better.
    assert found["validation/loss"][-1] < 0.99 * found["validation/loss"][0]
    own = load_file(denoised / "denoiser.safetensors")
    initial = build(VARIANTS["tiny"], 0).denoiser.state_dict()
    assert own.keys() == initial.keys()
    assert not any(torch.equal(own[name], initial[name]) for name in own if "weight" in name)
    # The joint training begins with it: one iteration of its warm-up later it is still near.
    state = torch.load(denoised / "checkpoints/joint.ckpt", weights_only=True)["state_dict"]
    after = part(state, "network.denoiser.")
    for name, tensor in own.items():
        assert float((after[name] - tensor).abs().max()) < 0.01, name
    # E_C stays as phase 1 left it, its batch statistics among it.
    pretrained = load_file(denoised / "pretrained.safetensors")
    for name, tensor in part(state, "network.encoder_c.").items():
        assert torch.equal(tensor, pretrained[name]), name


@pytest.mark.slow
def test_the_phases_before_the_joint_training_may_be_those_of_another_run(
    denoised: Path, small_folder: Path, tmp_path: Path
) -> None:
    """It then ends as that run did, had it the same seed."""
    first, second = tmp_path / "first", tmp_path / "second"
    shutil.copytree(denoised, first)
    taken = replace(with_denoising(small_folder), phases_from=f"{first}/")
    Run(taken, second, CPU).train()
    for name in ("pretrained.safetensors", "denoiser.safetensors", "bundle/model.safetensors"):
        assert (second / name).read_bytes() == (first / name).read_bytes(), name
    assert not figures(second, "pretraining")
    assert not figures(second, "denoising")
    told = load(second / "bundle").config.provenance
    assert told.endswith("E_C and eps_w as far as the run first had taught them.")
    assert str(tmp_path) not in told
    # It has them from then on, and does not miss the other run.
    shutil.rmtree(first)
    Run(taken, second, CPU).train()


def test_the_hr_branch_may_start_from_another_run_and_the_rest_does_not(
    run: Path, small_folder: Path, tmp_path: Path
) -> None:
    first, out = tmp_path / "first" / "bundle", tmp_path / "run"
    shutil.copytree(run / "bundle", first)
    config = replace(settings(small_folder), network=NetworkOptions(hr_init=f"{first}/"), seed=5)
    given = load(first).network.state_dict()
    random = build(VARIANTS["tiny"], 5).state_dict()
    started = Run(config, out, CPU)
    for name, tensor in started.plan.network.state_dict().items():
        taken = name.startswith(("hr_encoder.", "hr_decoder."))
        assert torch.equal(tensor, (given if taken else random)[name]), name
    assert started.plan.origins() == " HR branch from the bundle first/bundle."
    # Once it has a checkpoint, it does not miss the other bundle.
    shutil.rmtree(first)
    (out / "checkpoints").mkdir()
    shutil.copy(run / "checkpoints/joint.ckpt", out / "checkpoints")
    Run(config, out, CPU)


def plan(folder: Path, **options: Any) -> TSRDiffPlan:
    return TSRDiffPlan(replace(settings(folder), **options), InputSpec(), FLAIR2)


def test_a_size_keeps_its_own_decoder_where_none_is_asked_for(small_folder: Path) -> None:
    for variant, decoder in (("tiny", "unetformer"), ("demo", "concat")):
        network = plan(small_folder, network=NetworkOptions(variant)).network
        assert network.config.hr.decoder == decoder


def test_squares_are_for_the_last_phase(small_folder: Path) -> None:
    fused = plan(small_folder, denoiser_passes=1).phases
    assert [(phase.name, phase.squares) for phase in fused] == [
        ("pretraining", False),
        ("denoising", False),
        ("joint", True),
    ]


def test_phases_that_another_run_has_not_been_through_or_of_another_size_are_refused(
    run: Path, small_folder: Path, tmp_path: Path
) -> None:
    config = replace(settings(small_folder), phases_from=str(run))
    error = refused(replace(config, pretrain_passes=0, denoiser_passes=1), tmp_path / "run")
    assert "has been through no phase that this run has" in str(error)
    assert "denoiser.safetensors" in str(error)
    assert error.where == str(run)
    error = refused(replace(config, network=NetworkOptions(variant="demo")), tmp_path / "run")
    assert "pretrained.safetensors" in str(error)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("other", ["classes", "scalings"])
def test_an_hr_branch_of_other_inputs_or_classes_is_refused(
    run: Path, small_folder: Path, tmp_path: Path, other: str
) -> None:
    config, taught = load(run / "bundle").config, load(run / "bundle").network
    if other == "classes":
        taught = build(replace(VARIANTS["tiny"], classes=len(COSIA.names)), 0)
        config = replace(config, classes=COSIA.name, network=asdict(taught.config))
    else:
        scalings = dict(config.inputs.scalings) | {"ndsm": Scaling(0.0, 30.0)}
        inputs = replace(config.inputs, scalings=tuple(scalings.items()))
        config = replace(config, inputs=inputs)
    save(tmp_path / "other", taught, config)
    network = NetworkOptions(hr_init=str(tmp_path / "other"))
    with pytest.raises(RunError, match="other: its HR branch reads other bands or scalings, or"):
        Run(replace(settings(small_folder), network=network), tmp_path / "run", CPU)
    assert not (tmp_path / "run").exists()


def test_a_finished_run_begun_again_changes_nothing(run: Path, small_folder: Path) -> None:
    before = {name: (run / name).read_bytes() for name in FILES}
    Run(settings(small_folder), run, CPU).train()
    assert {name for name in FILES if (run / name).read_bytes() != before[name]} == set()


OPTIONS: dict[str, dict[str, Any]] = {
    "Base, the text's decoder, few-step samples, no flips": {
        "network": NetworkOptions("demo", "add", "attention", "concat"),
        "objective": {"few_step_share": 1.0, "residual": "high-pass"},
        "data": {"align": "none", "augment": False, "square": 104},
        "pretrain_passes": 0,
    },
    "CWC, noise by month, adam, two batches an iteration": {
        "network": NetworkOptions("demo", "concat", decoder="unetformer"),
        "objective": {"noise": "month", "noise_draws": 3, "detach_sr": True},
        "optimiser": OptimiserConfig("adam", decay="constant", clip_norm=0.0, denoiser_factor=3.0),
        "diffusion": {"variance": "beta", "residual_deviation": 0.25},
        "accumulate": 2,
        "denoiser_passes": 1,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_trains(name: str, small_folder: Path, tmp_path: Path) -> None:
    config = replace(settings(small_folder), iterations=2)
    for setting, value in OPTIONS[name].items():
        if isinstance(value, dict):
            value = replace(getattr(config, setting), **value)
        config = replace(config, **{setting: value})
    Run(config, tmp_path / "run", CPU).train()
    found = figures(tmp_path / "run", "joint")
    assert len(found["train/loss"]) == 2
    assert np.isfinite([value for values in found.values() for value in values]).all()
    bundle = load(tmp_path / "run" / "bundle")
    assert bundle.config.diffusion == config.diffusion
    sizes = bundle.network.config
    options = (sizes.fusion.kind, sizes.temporal_pooling, sizes.hr.decoder)
    network = config.network
    assert options == (network.fusion, network.temporal_pooling, network.decoder)
    assert (tmp_path / "run/pretrained.safetensors").is_file() == bool(config.pretrain_passes)


@pytest.mark.parametrize(
    ("iterations", "longest", "rounds", "per_round"),
    [(4, 2, 2, 2), (5, 2, 3, 2), (10, 1000, 1, 10), (1001, 1000, 2, 501), (1, 1, 1, 1)],
)
def test_rounds_are_of_one_length_and_hold_all_iterations(
    iterations: int, longest: int, rounds: int, per_round: int
) -> None:
    course = Rounds.of(iterations, longest)
    assert (course.rounds, course.per_round) == (rounds, per_round)
    assert course.iterations >= iterations


def refused(config: TrainConfig, out: Path) -> LcappError:
    with pytest.raises(LcappError) as error:
        Run(config, out, CPU)
    return error.value


def test_a_folder_of_a_run_with_other_settings_is_refused_and_they_are_named(
    run: Path, small_folder: Path
) -> None:
    config = settings(small_folder)
    other = replace(config, seed=1, network=NetworkOptions(fusion="add"))
    error = refused(other, run)
    assert isinstance(error, RunError)
    assert error.where == str(run)
    assert "another network and seed" in str(error)


def test_a_folder_that_is_no_run_is_refused_and_left_as_it_is(
    small_folder: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text("mine")
    assert "is no training run" in str(refused(settings(small_folder), tmp_path))
    assert "is no training run" in str(refused(settings(small_folder), note))
    assert [one.name for one in tmp_path.iterdir()] == ["note.txt"]
    assert note.read_text() == "mine"


def test_an_empty_folder_is_taken(small_folder: Path, tmp_path: Path) -> None:
    Run(settings(small_folder), tmp_path, CPU)
    assert {one.name for one in tmp_path.iterdir()} == {"config.json", "left_out.json"}


def test_a_damaged_encoder_of_phase_1_is_refused(small_folder: Path, tmp_path: Path) -> None:
    started = Run(settings(small_folder), tmp_path, CPU)
    (tmp_path / "pretrained.safetensors").write_bytes(b"no tensors")
    with pytest.raises(BundleError, match=r"pretrained\.safetensors: cannot be read"):
        started.train()
