"""Favourite places, taken as one file from a computer with a network to one without."""

import io
import json
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lcapp.errors import RunError, SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.services.fetch import fetch_place
from lcapp.scene.services.here import on_disk
from lcapp.scene.services.kept.cost import cost
from lcapp.scene.services.kept.favourites import drop, favourites, keep, places_folder
from lcapp.scene.services.kept.parcel import parcel, unpack
from lcapp.scene.services.place import parse_place
from tests.scene.services.servers import SOURCE


@pytest.fixture(scope="module")
def content(fetched):
    """A file with one place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LCAPP_CACHE", str(fetched[2]))
        patch.setenv("LCAPP_SERVICES", str(fetched[2].parent / "services.toml"))
        found = on_disk(parse_place(SOURCE))
        keep("home", SOURCE, [found.aerial.parent, found.series.parent])
        made = parcel(favourites())
        drop(SOURCE)
        return made


@pytest.fixture
def packed(server, content):
    """The same, and a cache that is empty."""
    return content


def _manifest(source: str) -> bytes:
    place = {"name": "x", "source": source, "entries": []}
    return json.dumps({"lcapp_places": 1, "places": [place]}).encode()


def _changed(content: bytes, name: str | None, new: bytes | None, **info) -> io.BytesIO:
    """The parcel with another content of one file, with one more, or with one less."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as made:
        for one in old.namelist():
            if one != name:
                made.writestr(one, old.read(one))
        if name is not None and new is not None:
            entry = zipfile.ZipInfo(name)
            for key, value in info.items():
                setattr(entry, key, value)
            made.writestr(entry, new)
    return out


def test_a_place_goes_to_a_computer_without_a_network(server, packed) -> None:
    asked = len(server.log)
    assert favourites() == ()
    (one,) = unpack(io.BytesIO(packed))
    assert (one.name, one.source) == ("home", SOURCE)
    assert [one.name for one in favourites()] == ["home"]
    scene = open_collection(SOURCE).scene(parse_place(SOURCE).id)
    assert scene.grid == parse_place(SOURCE).grid
    assert len(scene.sentinel2.dates) == 4
    assert len(server.log) == asked
    assert cost(parse_place(SOURCE)).fetches == 0  # another computer's network tells nothing
    before = scene.aerial.pixels
    unpack(io.BytesIO(packed))  # once more: what is here stays
    again = open_collection(SOURCE).scene(parse_place(SOURCE).id)
    np.testing.assert_array_equal(again.aerial.pixels, before)
    assert not [one for one in places_folder().iterdir() if one.name.startswith(".")]


@pytest.mark.parametrize(
    ("name", "new", "said"),
    [
        ("../evil.tif", b"x", r"holds '../evil.tif'"),
        ("/etc/evil.tif", b"x", "holds '/etc/evil.tif'"),
        ("0/aerial/evil.tif", b"x", "holds '0/aerial/evil.tif'"),
        ("0/aerial/aerial.tif", b"no image", "aerial.tif"),
        ("0/series/masks.npy", None, "lacks 0/series/masks.npy"),
        ("0/aerial/told.json", b"[]", "its told.json cannot be used"),
        ("places.json", b"{}", "its places.json cannot be used"),
        ("places.json", _manifest("place:4.3,46.3"), "its image lies elsewhere"),
        ("places.json", _manifest(f"{SOURCE},services=/x"), "names a list of services"),
        ("places.json", _manifest("/home"), "is no place"),
    ],
)
def test_what_does_not_belong_into_such_a_file_is_refused_whole(packed, name, new, said) -> None:
    with pytest.raises(SceneError, match=said):
        unpack(_changed(packed, name, new))
    assert favourites() == ()
    assert on_disk(parse_place(SOURCE)) is None


def test_nothing_in_it_is_packed_nor_a_link(packed) -> None:
    bomb = _changed(packed, "0/aerial/aerial.tif", bytes(10**7), compress_type=zipfile.ZIP_DEFLATED)
    with pytest.raises(SceneError, match=r"0/aerial/aerial.tif is packed"):
        unpack(bomb)
    link = {"external_attr": (stat.S_IFLNK | 0o777) << 16}
    with pytest.raises(SceneError, match=r"aerial.tif"):
        unpack(_changed(packed, "0/aerial/aerial.tif", b"/etc/passwd", **link))
    with pytest.raises(SceneError, match="cannot be read"):
        unpack(io.BytesIO(b"no zip"))
    with pytest.raises(SceneError, match="cannot be read"):
        unpack(io.BytesIO(packed[: len(packed) // 2]))
    assert on_disk(parse_place(SOURCE)) is None


def test_favourites_stay_when_the_cache_is_full(server, monkeypatch) -> None:
    places = [parse_place(f"place:{lon},46.2,size=51.2") for lon in (4.2, 4.2001, 4.2002)]
    found = [fetch_place(one, series=False) for one in places[:2]]
    keep("mine", places[0].text, [found[0].aerial.parent])
    monkeypatch.setenv("LCAPP_PLACES_MB", "0.7")
    fetch_place(places[2], series=False)
    here = [on_disk(one, series=False) is not None for one in places]
    assert here == [True, False, True]
    drop(places[0].text)
    assert favourites() == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb"])
def test_a_name_that_is_none_is_said(server, name) -> None:
    with pytest.raises(SceneError, match="a name has 1 to 80 letters"):
        keep(name, SOURCE, [])


def test_a_list_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer version may have written it; what can be read of it is shown all the same."""
    monkeypatch.setenv("LCAPP_CACHE", str(tmp_path))
    keep("one", "place:2,48,size=102.4", [])
    keep("two", "place:3,48,size=102.4", [])
    path = places_folder() / "favourites.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps([{**found[0], "colour": "red"}, found[1]]))
    before = path.read_bytes()
    assert [one.name for one in favourites()] == ["two"]
    with pytest.raises(RunError, match=r"move it away"):
        keep("three", "place:4,48,size=102.4", [])
    with pytest.raises(RunError, match=r"move it away"):
        drop("place:3,48,size=102.4")
    assert path.read_bytes() == before
