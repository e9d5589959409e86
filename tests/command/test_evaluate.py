"""`evaluate` as a user types it: tables on disk, figures on stdout, progress on stderr."""

import json
from pathlib import Path

import pytest

from lcapp.__main__ import main
from lcapp.scene.collection import open_collection
from lcapp.scene.splits import domains
from tests.initial import write_initial_bundle

QUICK = ["--seeds", "0", "--samples", "1", "--steps", "2", "--device", "cpu"]


@pytest.mark.slow
def test_the_demo_is_evaluated_against_its_labels_and_its_truth(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = ["evaluate", "--collection", str(demo_folder), "--split", "all", "--limit", "1"]
    demo += ["--model", "tiny", *QUICK, "--out", str(tmp_path / "out")]
    assert main([*demo, "--json"]) == 0
    told = capsys.readouterr()
    assert "100.0%" in told.err
    answer = json.loads(told.out)
    assert answer["simulated"]
    assert [row["method"] for row in answer["classes"]] == [
        "tiny",
        "tiny, series set to 0",
        "majority class",
    ]
    assert answer["classes"][2]["oa"]["mean"] >= 1 / 13
    bicubic, _, _, ceiling, one = answer["series"]
    assert ceiling["year"]["hallucination"] < bicubic["year"]["hallucination"] + 1e-9
    assert one["year"]["hallucination"] > 0.5
    assert bicubic["year"]["psnr"] > 10
    # Random weights add noise, and too much of it.
    assert one["year"]["psnr"] < bicubic["year"]["psnr"]
    assert one["year"]["gradient_ratio"] > 1 > bicubic["year"]["gradient_ratio"]
    assert main(demo) == 0
    shown = capsys.readouterr().out
    for words in (
        "simulated",
        "random initial weights",
        "majority class",
        "PSNR by month",
        "PSNR by class",
        "invented",
        "NDVI RMSE",
        "mIoU, edges",
        "differences [95 % over 1 domains]",
        "tiny, one sample (2 steps) less tiny, bicubic",
    ):
        assert words in shown
    assert f"{bicubic['year']['psnr']:.4g}" in shown


@pytest.mark.slow
def test_without_further_words_the_demo_weights_are_evaluated_on_the_demo_scenes(
    demo_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["evaluate", "--limit", "1", "--seeds", "0", "--samples", "4"]
    assert main([*run, "--out", str(tmp_path / "out"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["untrained"] == []
    fused, _, majority = answer["classes"]
    assert fused["method"] == "demo"
    assert fused["oa"]["mean"] > max(0.6, majority["oa"]["mean"] + 0.2)
    bicubic, rival, guided, _, one, mean = (row["year"] for row in answer["series"])
    (spread,) = answer["spread"]
    assert 0.2 < spread["year"]["covered_50"] < spread["year"]["covered_90"] < 1
    assert spread["year"]["crps"] < one["absolute_error"]
    assert mean["psnr"] > one["psnr"] > bicubic["psnr"]
    assert guided["psnr"] > rival["psnr"] > bicubic["psnr"]
    assert guided["improvement"] > bicubic["improvement"]
    assert bicubic["gradient_ratio"] < one["gradient_ratio"] < 1.25
    assert one["lr_consistency"] < bicubic["lr_consistency"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "huge"], ["huge", "tiny"]),
        (["--model", "ours="], ["ours=", "NAME=BUNDLE"]),
        (["--model", "=tiny"], ["=tiny", "NAME=BUNDLE"]),
        (["--model", "tiny,tiny"], ["no name", "NAME=BUNDLE,BUNDLE"]),
        (["--model", "ours=tiny,tiny", "--split", "all"], ["'ours' names one bundle twice"]),
        (["--model", "tiny", "ours=tiny", "ours=tiny"], ["two methods", "'ours'"]),
        ([], ["no official split", "--split all"]),
        (["--domains", "nowhere"], ["nowhere"]),
        (["--domains", "nowhere", "--split", "all"], ["--split and --domains", "leave out"]),
        (
            ["--split", "all", "--max-cover", "-1"],
            ["max_cover_percent is -1", "expected 0 to 100"],
        ),
        (["--split", "all", "--steps", "0"], ["steps"]),
        (["--split", "all", "--samples", "0"], ["no scene has labels", "--samples"]),
    ],
)
def test_a_mistake_gets_exit_code_2_and_one_line(
    arguments: list[str],
    words: list[str],
    treesat_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "--model" in arguments and len(arguments) > 3:
        arguments = [*arguments, "--split", "all"]
    run = ["evaluate", "--collection", str(treesat_folder), "--limit", "1", *QUICK]
    assert main([*run, *arguments, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = (one for one in told.err.splitlines() if one.startswith("lcapp: "))
    for word in words:
        assert word in line
    assert not (tmp_path / "out").exists()


def test_several_bundles_behind_a_name_are_one_method(
    treesat_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = open_collection(treesat_folder)
    run = ["evaluate", "--collection", str(treesat_folder), *QUICK, "--json"]
    run += ["--domains", next(iter(domains(found))), "--out", str(tmp_path / "out")]
    write_initial_bundle(tmp_path / "other", "tiny", seed=5)
    run += ["--model", f"ours=tiny,{tmp_path / 'other'}", "tiny"]
    assert main(run) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["scenes"] == [found.ids[0]]
    assert [(row["method"], row["year"]["images"]) for row in answer["series"]][::4] == [
        ("ours", 2 * answer["series"][4]["year"]["images"]),
        ("tiny", answer["series"][4]["year"]["images"]),
    ]
