"""Places on the command line, from servers on this machine to files that every verb reads."""

import json

import pytest
import rasterio

from lcapp.__main__ import main
from lcapp.scene.collection import open_collection
from tests.scene.services.servers import LAT, LON, free_port, services_toml

ID = f"place_{LON:.5f}_{LAT:.5f}"
WHERE = f"{LON},{LAT}"


def answer(capsys, *words: str) -> dict:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_fetched_place_is_a_collection_with_its_credits(server, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    words = ("fetch-place", str(LON), str(LAT), "--size", "64", "--dates-a-month", "1")
    told = answer(capsys, *words, "--out", str(out))
    assert sorted(told["files"]) == [
        *(f"{ID}_aerial.tif", f"{ID}_masks.npy", f"{ID}_place.json", f"{ID}_series.tif")
    ]
    assert (told["aerial"]["flown"], told["series"]["year"]) == ("2021-07-14", 2021)
    assert told["series"]["dates"] == ["2021-03-14", "2021-06-22", "2021-09-10"]
    found = open_collection(out)
    assert (found.kind, found.ids) == ("pairs", (ID,))
    scene = found.scene(ID)
    assert (scene.grid.width, len(scene.sentinel2.dates)) == (320, 3)
    assert "Credit: © local, Open Licence." in scene.notes
    again = answer(capsys, *words, "--out", str(out))
    assert (told["bytes"] > 0, again["bytes"]) == (True, 0)


def test_what_it_will_cost_is_said_without_a_request(server, capsys) -> None:
    assert main(["fetch-place", str(LON), str(LAT), "--cost"]) == 0
    said = capsys.readouterr().out
    assert "about 20 MB to fetch" in said
    assert "from local WMS and local STAC" in said
    assert server.log == []


def test_the_map_of_a_place_tells_whose_images_it_is_made_of(server, tmp_path, capsys) -> None:
    told = answer(capsys, "predict", "--place", WHERE, "--size", "64", "--out", str(tmp_path / "o"))
    assert told["scene"] == ID
    with rasterio.open(tmp_path / "o" / "landcover.tif") as dataset:
        assert dataset.crs.to_epsg() == 32631
        notes = dataset.tags()["notes"]
    assert "Credit: © local, Open Licence." in notes
    assert "Credit: Contains modified Copernicus Sentinel data 2021, free." in notes


@pytest.mark.slow
def test_a_place_larger_than_a_window_is_a_zone(server, tmp_path, capsys) -> None:
    words = ("zone", "--place", WHERE, "--size", "128", "--window", "512")
    told = answer(capsys, *words, "--out", str(tmp_path / "o"))
    assert told["windows_in_all"] > 1
    assert any(one.startswith("Credit: ©") for one in told["notes"])


def test_without_a_network_the_refusal_is_a_sentence(server, tmp_path, capsys) -> None:
    away = services_toml(server, address=f"http://127.0.0.1:{free_port()}")
    (tmp_path / "services.toml").write_text(away)
    assert main(["predict", "--place", WHERE, "--out", str(tmp_path / "o")]) == 2
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "check the network" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "--year", "2021"), "--year goes with --place"),
        (("predict", "--place", WHERE, "--collection", "D"), "leave out --collection"),
        (("zone", "--place", WHERE, "--roi", "D"), "leave out --roi"),
        (("predict", "--place", "-1.5,-47.2"), "outside of the aerial images"),
        (("predict", "--place", f"{LAT},{LON}"), f"longitude comes first: place:{WHERE}"),
    ],
)
def test_what_does_not_go_together_is_said(server, tmp_path, capsys, words, said) -> None:
    assert main([*words, "--out", str(tmp_path / "o")]) == 2
    assert said in capsys.readouterr().err
    assert server.log == []
