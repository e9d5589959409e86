"""The verb `simulate`."""

import json
from pathlib import Path

import pytest
from PIL import Image

from lcapp.__main__ import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("verb") / "one"
    assert main(["simulate", "--out", str(out), "--tiles", "1", "--seed", "5"]) == 0
    return out


def test_a_finished_collection_is_drawn_and_counted(
    folder: Path, tmp_path: Path, treesat_folder: Path, capsys: pytest.CaptureFixture[str]
):
    sheet, numbers = tmp_path / "sheet.png", tmp_path / "numbers.json"
    asked = ["--tiles", "1", "--seed", "5", "--sheet", str(sheet), "--statistics", str(numbers)]
    beside = ["--beside", str(treesat_folder), "--json"]
    assert main(["simulate", "--out", str(folder), *asked, *beside]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["out"] == str(folder)
    with Image.open(sheet) as picture:
        assert picture.width > 12 * 160
    told = json.loads(numbers.read_text())
    assert told["scenes"] == 1
    assert sum(told["class_percent"].values()) == pytest.approx(100, abs=0.01)
    # The four real images are woods, sharper than any field.
    assert 9 < told["gradient_magnitude"]["mean_beside"] < 12
    assert "plotly" in Path(answer["figure"]).read_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--tiles", "0"], "tiles is 0; expected at least 1"),
        (["--sheet", "/nowhere/sheet.png"], "/nowhere: there is no such folder"),
        (["--statistics", "/nowhere/a.json"], "/nowhere: there is no such folder"),
        (["--tiles", "2"], "holds another simulation"),
        (["--sheet", "/"], "/: is a folder"),
        (["--statistics", "numbers.html"], "numbers.html: is where the figure goes"),
        (["--beside", "/nowhere"], "name a file with --statistics"),
        (["--statistics", "numbers.json", "--beside", "/nowhere"], "/nowhere: is no folder"),
        (["--format", "flairhub", "--tiles", "2"], "--tiles is for FLAIR #2"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    asked: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["simulate", "--out", str(folder), "--seed", "5", *asked]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
