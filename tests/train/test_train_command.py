"""`python -m lcapp train` as a user types it: settings, answers and one clear line on a mistake."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lcapp.__main__ import main
from lcapp.errors import RunError
from lcapp.record import from_json, to_json
from lcapp.scene.collection import Collection, open_collection
from lcapp.train.config import (
    DataConfig,
    LossConfig,
    NetworkOptions,
    ObjectiveConfig,
    OptimiserConfig,
    TrainConfig,
)
from lcapp.train.run import Run
from lcapp.types import Units

ROOT = Path(__file__).resolve().parents[2]


def train(folder: Path, out: Path, *options: object) -> int:
    arguments = ("--collection", folder, "--out", out, "--accelerator", "cpu", *options)
    return main(["train", *map(str, arguments)])


def settings(out: Path) -> TrainConfig:
    path = out / "config.json"
    return from_json(TrainConfig, json.loads(path.read_text()), path)


@pytest.fixture
def stop_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings are looked through and written; nothing is trained."""

    def stop(self: Run) -> Path:
        raise RunError("stopped by the test")

    monkeypatch.setattr(Run, "train", stop)


@pytest.mark.usefixtures("stop_before_training")
def test_without_options_the_settings_are_the_defaults(small_folder: Path, tmp_path: Path) -> None:
    train(small_folder, tmp_path / "run")
    assert settings(tmp_path / "run") == TrainConfig(DataConfig(str(small_folder)))


@pytest.mark.usefixtures("stop_before_training")
def test_every_option_lands_in_the_settings(small_folder: Path, tmp_path: Path) -> None:
    train(
        *(small_folder, tmp_path / "run", "--fusion", "concat", "--pooling", "attention"),
        *("--decoder", "concat", "--align", "none", "--validation-scenes", 1),
        *("--residual", "high-pass", "--noise", "month", "--few-step-share", 0.25),
        *("--few-steps", 3, "--variance", "beta", "--residual-deviation", 0.2),
        *("--back-projections", 2),
        *("--optimiser", "adam", "--learning-rate", 1e-3, "--denoiser-factor", 2),
        *("--weight-decay", 0.02, "--warmup", 9, "--decay", "constant", "--clip-norm", 0.5),
        *("--seed", 7, "--batch", 3, "--accumulate", 2, "--pretrain-passes", 5),
        *("--denoiser-passes", 6, "--iterations", 11, "--round", 4),
        *("--validation-domains", "D001_2021", "--no-augment"),
        *("--detach-sr", "--without", "temporal", "spectral"),
        *("--noise-draws", 4, "--square", 128, "--whole-rounds", 2, "--cached-scenes", 5),
        *("--neutral-share", 0.5, "--noise-norm", "l2"),
        *("--series-unit", "digital-numbers", "--mask-unit", "percent", "--height-unit", "metres"),
    )
    assert settings(tmp_path / "run") == TrainConfig(
        DataConfig(
            str(small_folder),
            validation_domains=("D001_2021",),
            align="none",
            augment=False,
            validation_scenes=1,
            square=128,
            whole_rounds=2,
            neutral_share=0.5,
            cached_scenes=5,
            units=Units("digital-numbers", "percent", "metres"),
        ),
        NetworkOptions(fusion="concat", temporal_pooling="attention", decoder="concat"),
        ObjectiveConfig(
            LossConfig(temporal=0.0, spectral=0.0, noise_norm="l2"),
            residual="high-pass",
            noise="month",
            noise_draws=4,
            detach_sr=True,
            few_step_share=0.25,
            few_steps=3,
        ),
        OptimiserConfig(
            "adam",
            learning_rate=1e-3,
            denoiser_factor=2.0,
            weight_decay=0.02,
            warmup=9,
            decay="constant",
            clip_norm=0.5,
        ),
        replace(
            TrainConfig(DataConfig("")).diffusion,
            variance="beta",
            residual_deviation=0.2,
            back_projections=2,
        ),
        seed=7,
        batch=3,
        accumulate=2,
        pretrain_passes=5,
        denoiser_passes=6,
        iterations=11,
        round=4,
    )


@pytest.mark.usefixtures("stop_before_training")
def test_scenes_to_leave_out_land_in_the_settings(small_folder: Path, tmp_path: Path) -> None:
    train(small_folder, tmp_path / "one")
    ids = [one for one in _ids(small_folder) if one.startswith("D001")]
    train(small_folder, tmp_path / "two", "--exclude", ids[0])
    assert settings(tmp_path / "two").data == replace(
        settings(tmp_path / "one").data, exclude=(ids[0],)
    )


@pytest.mark.usefixtures("stop_before_training")
def test_units_that_are_stated_are_those_of_the_scenes_and_stay_with_the_run(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Units] = []

    def watched(source: str, units: Units) -> Collection:
        opened.append(units)
        return open_collection(source, units)

    monkeypatch.setattr("lcapp.train.run.open_collection", watched)
    train(small_folder, tmp_path / "auto")
    data = json.loads((tmp_path / "auto" / "config.json").read_text())["data"]
    assert "units" not in data  # as in the folders of runs from before there were units
    train(small_folder, tmp_path / "run", "--series-unit", "digital-numbers")
    assert opened == [Units(), Units(series="digital-numbers")]
    train(small_folder, tmp_path / "again", "--config", tmp_path / "run" / "config.json")
    assert settings(tmp_path / "again").data.units == opened[-1] == Units("digital-numbers")


@pytest.mark.usefixtures("stop_before_training")
def test_a_unit_that_the_series_contradicts_is_refused_before_training(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(small_folder, tmp_path / "run", "--series-unit", "reflectance") == 2
    assert "in reflectance as stated" in capsys.readouterr().err
    assert train(small_folder, tmp_path / "run", "--series-unit", "cubits") == 2
    assert "series is 'cubits'; expected 'auto' or 'reflectance'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("stop_before_training")
def test_a_run_goes_on_with_its_own_units_alone(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(small_folder, tmp_path / "run", "--series-unit", "digital-numbers")
    assert "stopped by the test" in capsys.readouterr().err
    assert train(small_folder, tmp_path / "run") == 2
    assert "holds a run with another data" in capsys.readouterr().err
    train(small_folder, tmp_path / "run", "--series-unit", "digital-numbers")
    assert "stopped by the test" in capsys.readouterr().err


def _ids(folder: Path) -> tuple[str, ...]:
    return open_collection(folder).ids


@pytest.mark.usefixtures("stop_before_training")
def test_the_settings_of_another_run_are_a_start_and_options_go_before_them(
    small_folder: Path, tmp_path: Path
) -> None:
    config = TrainConfig(
        DataConfig("elsewhere", cached_scenes=3),
        objective=ObjectiveConfig(LossConfig(hr=0.5), validation_steps=3),
        seed=4,
        batch=3,
    )
    other = tmp_path / "other.json"
    other.write_text(json.dumps(to_json(config)))
    options = ("--config", other, "--seed", 5, "--without", "sr")
    train(small_folder, tmp_path / "run", *options)
    assert settings(tmp_path / "run") == replace(
        config,
        data=DataConfig(str(small_folder), cached_scenes=3),
        objective=ObjectiveConfig(LossConfig(hr=0.5, sr=0.0), validation_steps=3),
        seed=5,
    )


MISTAKES = {
    "variant": (("--variant", "huge"), "no size 'huge'; expected demo or paper or tiny"),
    "fusion": (("--fusion", "foo"), "fusion is 'foo'; expected 'attention' or 'concat' or 'add'"),
    "one scene a batch": (("--batch", 1), "batch is 1; expected at least 2"),
    "decay": (("--decay", "linear"), "decay is 'linear'; expected 'cosine' or 'polynomial' or"),
    "clip": (("--clip-norm", -1), "clip_norm is -1; expected at least 0"),
    "no rate": (("--learning-rate", "nan"), "learning_rate is nan"),
    "share": (("--few-step-share", 2), "few_step_share is 2; expected 0 to 1"),
    "few steps": (("--few-steps", 0, "--few-step-share", 1), "steps is 0"),
    "many steps": (("--few-steps", 999, "--few-step-share", 1), "cannot take 999 steps"),
    "a small square": (("--square", 96), "square is 96; expected 0, or a multiple of 8 from 104"),
    "an odd square": (("--square", 250), "square is 250; expected 0, or a multiple of 8"),
    "devices": (("--devices", 0), "devices is 0; expected at least 1"),
    "processes": (("--devices", 3), "2 validation scenes for 3 processes"),
    "no loss": (
        (
            "--without",
            *("hr", "sr", "diffusion", "radiometric", "gradient", "temporal", "spectral"),
        ),
        "every loss is switched off",
    ),
    "imagenet": (("--hr-init", "imagenet"), "no ImageNet weights are published"),
    "HR branch of another size": (
        ("--hr-init", "demo"),
        "demo: its HR branch has other sizes; expected those of the size",
    ),
    "HR branch of no bundle": (("--hr-init", "imagnet"), "imagnet"),
    "domain": (("--validation-domains", "D9"), "no domain 'D9'"),
    "scene": (("--exclude", "D9/none"), "no scene 'D9/none'"),
    "no file of settings": (("--config", "no.json"), "no.json: is not there"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_clear_line_and_leaves_nothing_behind(
    name: str, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options, wanted = MISTAKES[name]
    assert train(small_folder, tmp_path / "run", *options) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("lcapp: ")
    assert said.err.count("\n") == 1
    assert wanted in said.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("{", "cannot be read"),
        ("[]", "the whole is []"),
        ('{"seed": 1}', "missing: accumulate, batch"),
        ("\udcff", "cannot be read"),
    ],
)
def test_settings_that_are_none_are_refused(
    content: str,
    wanted: str,
    small_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    assert train(small_folder, tmp_path / "run", "--config", path) == 2
    said = capsys.readouterr().err
    assert str(path) in said
    assert wanted in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("value", [0, 1, float("nan")])
def test_steps_of_the_schedule_come_from_a_file_and_are_looked_through(
    value: float, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = to_json(TrainConfig(DataConfig("")))
    settings["diffusion"]["train_steps"] = value
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings))
    assert train(small_folder, tmp_path / "run", "--config", path) == 2
    assert f"train_steps is {value}" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("stop_before_training")
def test_a_run_with_other_settings_is_refused_and_what_differs_is_named(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(small_folder, tmp_path / "run")
    before = settings(tmp_path / "run")
    capsys.readouterr()
    assert train(small_folder, tmp_path / "run", "--seed", 1, "--fusion", "add") == 2
    assert "another network and seed" in capsys.readouterr().err
    assert settings(tmp_path / "run") == before


@pytest.mark.parametrize("content", ["{", "[]", '{"name": "a bundle"}'])
def test_a_folder_of_something_else_is_refused_and_left_alone(
    content: str, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text(content)
    assert train(small_folder, tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "config.json").read_text() == content
    assert [one.name for one in tmp_path.iterdir()] == ["config.json"]


def test_scenes_without_labels_are_refused(
    treesat_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(treesat_folder, tmp_path / "run") == 2
    assert "no official split" in capsys.readouterr().err
    ids = _ids(treesat_folder)
    assert train(treesat_folder, tmp_path / "run", "--validation-domains", ids[0]) == 2
    assert "have no labels" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_help_needs_no_torch() -> None:
    code = (
        "import sys, lcapp.__main__ as m\n"
        "try:\n    m.main(['train', '--help'])\n"
        "finally:\n    print([n for n in ('torch', 'lightning', 'timm') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "--pretrain-passes" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"
