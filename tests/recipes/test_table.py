"""`reproduce` and `table` as a user types them, on recipes of two iterations."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from lcapp.__main__ import main
from lcapp.families.door import open_card
from lcapp.pipeline.evaluation.result import read_evaluation
from tests.train.conftest import write_area

RECIPES = """
[settings.small]
summary = "two iterations"
train = {variant = "demo", iterations = 2, round = 2, batch = 2, validation-scenes = 1}
evaluate = {samples = 0, registration = false}

[rows.one.train]
family = "u-net"
[rows.two.train]
family = "u-net"
learning-rate = 1e-2
[rows.late]
train = {}
join = {one = 0.7, two = 0.3}
[rows.never.train]
family = "u-net"

[tables.2]
caption = "Methods."
source = "Somebody, 2024"
reference = "Two"
lines = [
  {row = "one", name = "One", miou = [55.2, 0.32], oa = [71.3, 0.14], parameters = 24.4},
  {row = "two", name = "Two", miou = [61.6], oa = [74.8, 0.29]},
  {row = "late", name = "L&F", miou = [63.1]},
  {row = "never", name = "Never"},
]
[tables.3]
caption = "Classes."
source = "Somebody, 2024"
reference = "Two"
lines = [
  {row = "one", name = "One", iou = [81.8, 49.2, 7.2, 40, 85.0, 41, 68, 23.9, 62.2, 48, 53, 35]},
  {row = "two", name = "Two"},
]
"""

TEST_DOMAINS = 6


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scenes, recipes; nothing is trained."""
    root = tmp_path_factory.mktemp("table")
    for seed in (1, 2):
        write_area(root / "scenes", "train", f"D80{seed}_2021", 2, 104, seed)
    for seed in range(TEST_DOMAINS):
        write_area(root / "scenes", "test", f"D81{seed}_2021", 1, 104, 10 + seed)
    (root / "recipes.toml").write_text(RECIPES)
    return root


def options(root: Path, *more: object) -> list[str]:
    asked = ("--setting", "small", "--collection", root / "scenes", "--recipes")
    return [*map(str, (*asked, root / "recipes.toml", *more))]


@pytest.fixture(scope="module")
def runs(root: Path) -> Path:
    """The trainings of `one` with two seeds, and of `two` with one; by the lines of a dry run."""
    seeds = ("--seeds", 0, 1, "--only", "one", "two", "--out", root / "runs")
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda text, **_: lines.append(text))
        dry = ("reproduce", "2", *options(root, *seeds, "--accelerator", "cpu"), "--dry-run")
        assert main([*dry, "--json"]) == 0
    found = {one["name"]: one for one in json.loads(lines[0])["runs"]}
    assert list(found) == ["one-seed-0", "two-seed-0", "one-seed-1", "two-seed-1"]
    assert {one["state"] for one in found.values()} == {"missing"}
    assert not (root / "runs").exists()
    for name in ("one-seed-0", "one-seed-1", "two-seed-0"):
        assert found[name]["command"][:4] == ["python", "-m", "lcapp", "train"]
        assert main(found[name]["command"][3:]) == 0
    return root / "runs"


def test_a_table_asked_for_before_anything_is_trained_says_what_is_missing(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = options(root, "--runs", tmp_path / "none", "--out", tmp_path / "out", "--seeds", 0)
    assert main(["table", "2", *asked]) == 2
    said = capsys.readouterr().err
    assert "none of the 4 trainings is done: one-seed-0: not begun" in said
    assert "python -m lcapp reproduce" in said
    assert not (tmp_path / "out").exists()


def test_data_that_is_not_there_is_said_before_anything_runs(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--collection", str(tmp_path / "nowhere"), "--out", str(tmp_path / "runs"))
    assert main(["reproduce", "2", *asked]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
    assert main(["reproduce", "7", *options(root, "--out", tmp_path / "runs")]) == 2
    assert "no table '7'; expected 2 or 3" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_left_is_trained_and_joined_and_what_is_done_stays(
    root: Path, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (runs / "one/seed-0/bundle/model.safetensors").stat().st_mtime_ns
    asked = ("--only", "late", "--seeds", 0, 1, "--accelerator", "cpu", "--out", runs)
    assert main(["reproduce", "2", *options(root, *asked)]) == 0
    told = capsys.readouterr()
    assert len(re.findall(r"begun", told.err)) == 1  # two-seed-1 alone
    assert re.search(r"two-seed-1: done in \d+ s", told.err)
    assert told.out.count("done") == 6
    assert (runs / "one/seed-0/bundle/model.safetensors").stat().st_mtime_ns == before
    card = open_card(runs / "late/seed-1/bundle")
    assert card.family == "joined"
    assert card.name == "seed-1"


@pytest.mark.slow
def test_a_table_has_the_paper_beside_what_is_there_and_names_what_is_missing(
    root: Path, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = options(root, "--runs", runs, "--out", out, "--seeds", 0, 1, "--device", "cpu")
    assert main(["table", "2", *asked]) == 0
    text = capsys.readouterr().out
    assert text.startswith("**Table 2. Methods.**")
    found = read_evaluation(out)
    assert found is not None
    assert len(found.scenes) == TEST_DOMAINS
    rows = {line[2:].partition(" |")[0]: line for line in text.splitlines() if line[:2] == "| "}
    by_name = {row.method: row for row in found.classes}
    one = by_name["one"]
    assert one.runs == 2
    assert one.miou.low <= one.miou.mean <= one.miou.high
    told = f"{100 * one.miou.mean:.1f} ± {100 * one.miou.std:.2f} [{100 * one.miou.low:.1f}, "
    assert told in rows["One"]
    assert "55.2 ± 0.32 | 71.3 ± 0.14 | 24.4" in rows["One"]
    assert "| 0 of 2 | -- | -- |" in rows["Never"]
    assert "never-seed-0 (not begun), never-seed-1 (not begun)" in text
    (ahead,) = (
        one for one in found.differences if (one.figure, one.of, one.less) == ("miou", "two", "one")
    )
    assert f"{100 * ahead.mean:+.1f} [" in rows["One"]
    assert rows["Two"].endswith("|  |")
    assert (out / "table2.md").read_text() in text
    (csv_line, *_) = csv.DictReader(io.StringIO((out / "table2.csv").read_text()))
    assert float(csv_line["miou_mean"]) == pytest.approx(one.miou.mean, rel=1e-4)
    assert (csv_line["paper_miou"], csv_line["trainings"]) == ("55.2", "2")
    latex = (out / "table2.tex").read_text()
    assert r"L\&F" in latex
    assert r"$\pm$" in latex
    assert latex.count(r"\\") == 5


@pytest.mark.slow
def test_a_table_of_classes_has_a_line_here_and_one_of_the_paper(
    root: Path, runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = options(root, "--runs", runs, "--out", tmp_path, "--seeds", 0, "--device", "cpu")
    assert main(["table", "3", *asked, "--format", "csv"]) == 0
    one, _ = csv.DictReader(io.StringIO(capsys.readouterr().out.rpartition("written")[0].strip()))
    assert one["paper_water"] == "85"
    assert (tmp_path / "table3.md").read_text().count("| paper |") == 2
    assert 0 <= float(one["building_mean"]) <= 1
    assert main(["table", "3", *asked, "--format", "html"]) == 2
    assert "format is 'html'; expected md or csv or tex" in capsys.readouterr().err
