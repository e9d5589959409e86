"""The verb `survey`."""

import json
from pathlib import Path

import pytest
from PIL import Image

from lcapp.__main__ import main
from lcapp.scene.collection import open_collection
from tests.scenes import put_truth
from tests.train.conftest import write_area


def test_a_collection_is_drawn_and_counted_beside_another(
    tmp_path: Path, treesat_folder: Path, capsys: pytest.CaptureFixture[str]
):
    made = tmp_path / "made"
    write_area(made, "test", "D801_2021", 3, 104, 1)
    for scene_id in open_collection(made).ids:
        put_truth(made, scene_id)
    sheet, numbers = tmp_path / "sheet.png", tmp_path / "numbers.json"
    asked = ["--limit", "2", "--sheet", str(sheet), "--statistics", str(numbers)]
    beside = ["--beside", str(treesat_folder), "--json"]
    assert main(["survey", "--collection", str(made), *asked, *beside]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["collection"], answer["unusable"]) == (str(made), {})
    with Image.open(sheet) as picture:
        assert picture.width > 12 * 160
        assert 2 * 160 < picture.height < 3 * 160
    told = json.loads(numbers.read_text())
    assert told["scenes"] == 2
    assert sum(told["class_percent"].values()) == pytest.approx(100, abs=0.01)
    # The four real images are woods, sharper than any field.
    assert 9 < told["gradient_magnitude"]["mean_beside"] < 12
    assert "plotly" in Path(answer["figure"]).read_text()


def test_real_scenes_without_labels_or_truth_are_drawn_too_and_a_broken_one_hides_none(
    treesat_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder, sheet = tmp_path / "real", tmp_path / "sheet.png"
    folder.mkdir()
    first, second = sorted(treesat_folder.glob("*_WEFL_NLF.tif"))[:2]
    for path in treesat_folder.glob(f"{first.stem}*"):
        (folder / path.name).symlink_to(path)
    (folder / second.name).write_bytes(b"no image")
    assert main(["survey", "--collection", str(folder), "--sheet", str(sheet)]) == 0
    shown = capsys.readouterr().out
    assert f"{second.stem.removesuffix('_WEFL_NLF')}  unusable: " in shown
    with Image.open(sheet) as picture:
        assert 8 * 160 < picture.width < 9 * 170
        assert 160 < picture.height < 2 * 160


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([], "nothing is asked for; name a file with --sheet or --statistics"),
        (["--sheet", "/nowhere/sheet.png"], "/nowhere: there is no such folder"),
        (["--statistics", "/nowhere/a.json"], "/nowhere: there is no such folder"),
        (["--sheet", "/"], "/: is a folder"),
        (["--statistics", "numbers.html"], "numbers.html: is where the figure goes"),
        (["--beside", "/nowhere", "--sheet", "sheet.png"], "name a file with --statistics"),
        (["--statistics", "numbers.json", "--beside", "/nowhere"], "/nowhere: is no folder"),
        (["--sheet", "sheet.png", "--limit", "0"], "limit is 0; expected at least 1"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    asked: list[str], said: str, treesat_folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["survey", "--collection", str(treesat_folder), *asked]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
