"""A zone says what `predict` says of the same files, and its months are those of its windows."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from lcapp.__main__ import main
from lcapp.errors import RunError
from lcapp.families.door import open_model
from lcapp.pipeline.outputs import save
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.run import predict_zone
from lcapp.pipeline.zone.told import MonthSeen, Told, joined
from lcapp.scene.pairs import read_pair
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.zone.image import open_zone
from lcapp.types import Grid, Registration, Run

RUN = Run(steps=1, device="cpu")


def month(number: int, present: bool = True, reason: str | None = None, day: str = "07-01"):
    return MonthSeen(number, present, f"2021-{day}" if present else None, 2, int(present), reason)


def year(*special: MonthSeen) -> tuple[MonthSeen, ...]:
    told = {one.month: one for one in special}
    return tuple(told.get(n, month(n, day=f"{n:02}-15")) for n in range(1, 13))


def test_notes_are_joined_and_months_counted_over_the_windows() -> None:
    cloudy = month(3, False, "cloudy: its one acquisition has 20 % cover")
    cloudier = month(3, False, "cloudy: its one acquisition has 74 % cover")
    bright = month(3, True, "implausibly bright: mean B2 reflectance 0.30, cloud or snow is left")
    none = month(4, False, "no acquisition")
    windows = (
        Told(("a", "b"), year(cloudy, none)),
        Told(("b", "c"), year(cloudier, none, month(7, day="07-20"))),
        Told((), ()),  # of a family that reads no months
        Told(("a",), year(bright, none)),
    )
    notes, months, laid = joined(["zone"], windows)
    assert laid is None
    assert notes == ("zone", "a", "b", "c")
    assert [one["month"] for one in months] == list(range(1, 13))
    march, april, july, august = (months[n - 1] for n in (3, 4, 7, 8))
    assert march["reason"] == "cloudy in 2, implausibly bright in 1 of 3 windows"
    assert (march["present"], march["windows"]) == (False, 1)
    assert april["reason"] == "no acquisition"
    assert (july["present"], july["date"]) == (True, None)
    assert (august["date"], august["reason"]) == ("2021-08-15", None)
    assert joined([], [Told(("a",), ())]) == (("a",), [], None)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of 128 x 192 pixels; June is bright as cloud."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    grid = Grid("EPSG:2154", Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000), 128, 192)
    write_geotiff(folder / "a.tif", rng.integers(1, 256, (4, 128, 192), np.uint8), grid)
    series = rng.integers(1, 2000, (3, 4, 40, 40)).astype(np.uint16)
    series[2] = 6000
    np.save(folder / "s.npy", series)
    (folder / "d.txt").write_text("2021-05-01\n2021-07-01\n2021-06-10\n")
    return folder


def test_zone_and_predict_say_the_same(files: Path, tmp_path: Path) -> None:
    parts = (files / "s.npy", files / "d.txt")
    scene = read_pair(files / "a.tif", *parts)
    save(predict(scene, open_model("demo"), RUN), tmp_path / "scene")
    predict_zone(open_zone(files / "a.tif", *parts), open_model("demo"), tmp_path / "zone", RUN)
    of_scene, of_zone = (
        json.loads((tmp_path / name / "summary.json").read_text()) for name in ("scene", "zone")
    )
    assert sorted(of_zone["notes"]) == sorted(of_scene["notes"])
    assert any("no cloud or snow mask" in note for note in of_zone["notes"])
    keys = ("month", "present", "date", "acquisitions", "used", "reason")
    assert [[one[key] for key in keys] for one in of_zone["months"]] == [
        [one[key] for key in keys] for one in of_scene["months"]
    ]
    assert "implausibly bright" in of_zone["months"][5]["reason"]
    for name in ("scene", "zone"):
        with rasterio.open(tmp_path / name / "landcover.tif") as dataset:
            told = dataset.tags()["notes"].split("\n")
        assert sorted(told) == sorted(of_scene["notes"])
    with rasterio.open(tmp_path / "scene" / "superres.tif") as dataset:
        assert "implausibly bright" in dataset.tags(5 * 4 + 1)["reason"]


def test_the_command_line_shows_odd_and_absent_months(files: Path, tmp_path: Path, capsys) -> None:
    given = ["--aerial", files / "a.tif", "--series", files / "s.npy", "--dates", files / "d.txt"]
    given += ["--window", 128, "--overlap", 32, "--steps", 1, "--device", "cpu"]
    assert main([str(one) for one in ("zone", *given, "--out", tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "Month 6: implausibly bright.\n" in said
    assert "Months 1, 2, 3, 4, 8, 9, 10, 11, 12: absent.\n" in said
    assert "every acquisition was kept" in said


@pytest.mark.parametrize("verb", ["predict", "zone"])
def test_results_never_lie_where_the_image_does(
    files: Path, tmp_path: Path, capsys, verb: str
) -> None:
    """An image called as a result; and, for a zone, the folder of its sheets."""
    image = tmp_path / "confidence.tif"
    image.write_bytes(before := (files / "a.tif").read_bytes())
    asked = [verb, "--model", "demo", "--series", files / "s.npy", "--dates", files / "d.txt"]
    named = [*asked, "--aerial", image, "--out", tmp_path]
    assert main([str(one) for one in named]) == 2
    assert "the result confidence.tif would overwrite it" in capsys.readouterr().err
    if verb == "zone":
        assert main([str(one) for one in (*asked, "--aerial", tmp_path, "--out", tmp_path)]) == 2
        assert "is the folder of what is read" in capsys.readouterr().err
    else:
        copy = tmp_path / "a_aerial.tif"
        copy.write_bytes(before)
        named = [verb, "--collection", tmp_path, "--model", "demo", "--out", tmp_path]
        assert main([str(one) for one in named]) == 2
        assert "is the folder of what is read" in capsys.readouterr().err
    assert image.read_bytes() == before
    assert not any(one.name.startswith(".") for one in tmp_path.iterdir())


def test_the_library_keeps_results_apart_as_well(files: Path, tmp_path: Path) -> None:
    image = tmp_path / "landcover.tif"
    image.write_bytes((files / "a.tif").read_bytes())
    prediction = predict(
        read_pair(image, files / "s.npy", files / "d.txt"), open_model("demo"), RUN
    )
    with pytest.raises(RunError, match=r"landcover\.tif would overwrite it"):
        save(prediction, tmp_path)
    assert not (tmp_path / "summary.json").exists()


def test_what_lcapp_wrote_is_no_image(files: Path, tmp_path: Path) -> None:
    from lcapp.errors import SceneError

    parts = (files / "s.npy", files / "d.txt")
    save(predict(read_pair(files / "a.tif", *parts), open_model("demo"), RUN), tmp_path)
    for name in ("landcover.tif", "confidence.tif", "superres.tif"):
        with pytest.raises(SceneError, match="is a result of lcapp; expected what a sensor"):
            open_zone(tmp_path / name)
        with pytest.raises(SceneError, match="is a result of lcapp"):
            open_zone(files / "a.tif", *parts, ndsm=tmp_path / name)
    with pytest.raises(SceneError, match="is a result of lcapp"):
        open_zone(tmp_path)  # nothing but results
    (tmp_path / "sheet.tif").write_bytes((files / "a.tif").read_bytes())
    zone = open_zone(tmp_path)
    assert len(zone.sheets) == 1
    said = "Passed over as results of lcapp: confidence.tif, landcover.tif, superres.tif."
    assert said in zone.notes


def test_files_of_one_name_are_told_apart(files: Path, tmp_path: Path) -> None:
    """Sheets of two folders: an exchange of either is seen."""
    pixels, grid = np.ones((4, 64, 64), np.uint8), Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000)
    sheets = []
    for place in range(2):
        there = Grid("EPSG:2154", grid @ Affine.translation(64 * place, 0), 64, 64)
        (tmp_path / f"part{place}").mkdir()
        sheets.append(tmp_path / f"part{place}" / "sheet.tif")
        write_geotiff(sheets[-1], pixels + place, there)
    prints = open_zone(sheets).fingerprints()
    assert set(prints) == {"part0/sheet.tif", "part1/sheet.tif"}
    assert set(open_zone(sheets[0]).fingerprints()) == {"sheet.tif"}


def test_where_the_series_lay_is_the_median_of_the_windows_that_tell():
    sure = [Registration(float(east), -1.0, (0.5, 0.5), True) for east in (1, 2, 6)]
    doubt = [Registration(9.0, 9.0, (3.0, 0.4), False)] * 4
    windows = [Told((), (), one) for one in (*doubt, *sure)]
    *_, laid = joined([], [*windows, Told((), ())])
    assert laid == {"windows": 7, "decided": 3, "east": 2.0, "north": -1.0}
    *_, laid = joined([], windows[:4])
    assert laid == {"windows": 4, "decided": 0, "east": 9.0, "north": 9.0}
