"""Names as Windows, Macs and old archives spell them: found, or passed over."""

import os
import unicodedata
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lcapp.errors import SceneError
from lcapp.pipeline.evaluation.choice import chosen
from lcapp.scene.collection import open_collection
from lcapp.scene.names import is_junk, on_disk, plain
from lcapp.scene.pairs import read_pair
from lcapp.scene.splits import split_of
from lcapp.scene.zone.image import open_zone
from lcapp.train.config import DataConfig
from lcapp.train.data.examples import scenes_of
from tests.scene.roi import write_roi

APPLE_DOUBLE = b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(200)


def put_junk_beside_all(root: Path) -> None:
    """What a Mac, Windows and a network disk leave in every folder."""
    for folder, _, names in list(os.walk(root)):
        for name in names:
            (Path(folder) / f"._{name}").write_bytes(APPLE_DOUBLE)
        for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
            (Path(folder) / name).write_bytes(b"junk")


def rename(folder: Path, old: str, new: str) -> None:
    for path in list(folder.rglob(f"*{old}")):
        path.rename(path.with_name(path.name.removesuffix(old) + new))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("._a.tif", True),
        (".DS_Store", True),
        ("Thumbs.db", True),
        ("~$dates.txt", True),
        ("__MACOSX", True),
        ("a._b.tif", False),
        ("thumbs.tif", False),
    ],
)
def test_junk_is_known_by_its_name(name: str, is_one: bool) -> None:
    assert is_junk(name) == is_one


@pytest.mark.parametrize("ending", [".TIF", ".tiff", ".Tif"])
def test_a_pair_is_found_whatever_the_case_of_its_endings(pair, ending: str) -> None:
    pair.write()
    rename(pair.folder, ".tif", ending)
    rename(pair.folder, ".npy", ".NPY")
    rename(pair.folder, ".txt", ".TXT")
    collection = open_collection(pair.folder)
    assert collection.ids == ("a",)
    assert collection.header("a").holds == {"AERIAL_RGBI", "SENTINEL2_TS"}
    scene = collection.scene("a")
    assert scene.id == "a"
    assert [date.month for date in scene.sentinel2.dates] == [1, 3, 7]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("Élevé 100% [v1] #2", "forêt d'Orléans & co"), ("a*?", "b {c} $d ;e"), ("long", "x" * 230)],
)
def test_odd_names_and_links_are_names_like_any(pair, folder: str, name: str) -> None:
    pair.write()
    (pair.folder / folder).mkdir()
    for path in list(pair.folder.glob("a_*")):
        path.rename(pair.folder / folder / path.name.replace("a_", f"{name}_"))
    (pair.folder / "links").mkdir()
    for path in (pair.folder / folder).iterdir():
        (pair.folder / "links" / path.name).symlink_to(path)
    (pair.folder / "link").symlink_to(pair.folder / "links")
    for place in (folder, "links", "link"):
        collection = open_collection(pair.folder / place)
        assert collection.ids == (name,)
        assert collection.scene(name).sentinel2 is not None
        zone = open_zone(pair.folder / place / f"{name}_aerial.tif")
        assert zone.grid == collection.header(name).grid


def test_an_image_of_points_lies_where_its_transform_says(pair, make: SimpleNamespace) -> None:
    pair.write(tags={"AREA_OR_POINT": "Point"})
    grid = open_collection(pair.folder).header("a").grid
    assert grid.bounds[0::3] == (800_000, 6_500_000)


def test_two_spellings_of_one_name_are_refused(pair) -> None:
    pair.write()
    (pair.folder / "a_aerial.TIF").write_bytes(pair.aerial.read_bytes())
    with pytest.raises(SceneError, match=r"two spellings, a_aerial\.TIF and a_aerial\.tif"):
        open_collection(pair.folder).scene("a")


def test_two_spellings_of_a_tile_or_a_tree_are_refused_too(
    flair2, treesat_folder: Path, tmp_path: Path
) -> None:
    flair2.tile(1)
    (image,) = flair2.root.rglob("IMG_*.tif")
    image.with_suffix(".TIF").symlink_to(image)
    trees = tmp_path / "trees"
    trees.mkdir()
    for path in treesat_folder.glob("Quercus_robur_7_86717*"):
        (trees / path.name).symlink_to(path)
        (trees / path.name.replace(".tif", ".TIFF")).unlink(missing_ok=True)
        (trees / path.name.replace(".tif", ".TIFF")).symlink_to(path)
    for folder in (flair2.root, trees):
        collection = open_collection(folder)
        for ask in (collection.header, collection.scene):
            with pytest.raises(SceneError, match="one name in two spellings"):
                ask(collection.ids[0])


def test_other_readers_find_other_endings_too(
    flair2, make: SimpleNamespace, treesat_folder: Path, tmp_path: Path
) -> None:
    tile = flair2.tile(1, labels=np.full((512, 512), 3, np.uint8))
    flair2.series()
    rename(flair2.root, ".tif", ".TIF")
    rename(flair2.root, ".npy", ".NPY")
    put_junk_beside_all(flair2.root)
    scene = open_collection(flair2.root).scene(tile)
    assert scene.sentinel2 is not None
    assert (scene.reference.labels == 2).all()

    trees = tmp_path / "trees"
    trees.mkdir()
    for path in treesat_folder.glob("Quercus_robur_7_86717*"):
        (trees / path.name.replace(".h5", ".H5").replace(".tif", ".tiff")).symlink_to(path)
    put_junk_beside_all(trees)
    collection = open_collection(trees)
    assert len(collection.ids) == 1
    assert collection.scene(collection.ids[0]).sentinel2 is not None


def test_a_zone_has_every_sheet_and_no_junk(make: SimpleNamespace, tmp_path: Path) -> None:
    from affine import Affine

    for place, name in enumerate(("west.tif", "middle.TIF", "east.tiff")):
        transform = Affine(0.2, 0, 800_000 + 12.8 * place, 0, -0.2, 6_500_000)
        make.tif(tmp_path / name, make.pixels(), transform=transform)
    put_junk_beside_all(tmp_path)
    zone = open_zone(tmp_path)
    assert (zone.grid.width, zone.grid.height) == (192, 64)


def test_accents_are_the_same_in_both_spellings(pair, make: SimpleNamespace) -> None:
    """Of the scene's name, its folder and its files, in each direction."""
    for form, other in (("NFD", "NFC"), ("NFC", "NFD")):
        folder = pair.folder / unicodedata.normalize(form, f"forêt {form}")
        folder.mkdir()
        pair.write()
        for path in list(pair.folder.glob("a_*")):
            path.rename(folder / unicodedata.normalize(form, path.name.replace("a_", "chêne_")))
        asked = Path(unicodedata.normalize(other, str(folder)))
        scene = open_collection(asked).scene(unicodedata.normalize(other, "chêne"))
        assert scene.id == unicodedata.normalize("NFC", "chêne")
        assert scene.sentinel2 is not None
        image = asked / unicodedata.normalize(other, "chêne_aerial.tif")
        assert read_pair(image, None).id == unicodedata.normalize("NFC", "chêne")


def accented(root: Path, old: str, form: str) -> None:
    """Call every file and folder by another name, its accents in that form."""
    new = unicodedata.normalize(form, "Forêt")
    for path in sorted(root.rglob("*"), key=lambda one: -len(one.parts)):
        path.rename(path.with_name(path.name.replace(old, new)))


@pytest.mark.parametrize(("form", "other"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_region_is_the_same_in_both_spellings(tmp_path: Path, form: str, other: str) -> None:
    write_roi(tmp_path, 1, 1, ("AERIAL_RGBI",))
    accented(tmp_path, "AF-S1-27", form)
    collection = open_collection(tmp_path)
    asked = unicodedata.normalize(other, "D012-2019/Forêt")
    zone = collection.region(asked, ["AERIAL_RGBI"])
    assert zone.id == unicodedata.normalize("NFC", asked)
    assert collection.scene(f"{asked}/0-0").seen is None
    (tmp_path / "D012-2019_AERIAL_RGBI" / unicodedata.normalize(other, "Forêt")).mkdir()
    with pytest.raises(SceneError, match="one name in two spellings"):
        open_collection(tmp_path)


@pytest.mark.parametrize(("form", "other"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_domains_and_scenes_are_chosen_in_both_spellings(
    make: SimpleNamespace, tmp_path: Path, form: str, other: str
) -> None:
    for area in (unicodedata.normalize(form, "Forêt/Z1_NN"), "D004_2021/Z1_NN"):
        image = tmp_path / f"flair_aerial_train/{area}/img/IMG_000001.tif"
        make.tif(image, make.pixels(5, 512))
        labels = tmp_path / f"flair_labels_train/{area}/msk/MSK_000001.tif"
        make.tif(labels, np.full((1, 512, 512), 3, np.uint8))
    collection = open_collection(tmp_path)
    domain = unicodedata.normalize(other, "Forêt")
    known = unicodedata.normalize("NFC", "Forêt")
    held_out = f"{known}/Z1_NN/IMG_000001"
    assert chosen(collection, "all", [domain]) == (held_out,)
    assert split_of(collection, held_out, (domain,)) == "validation"
    data = DataConfig(collection="", validation_domains=("D004_2021",))
    assert scenes_of(collection, "train", data) == (held_out,)
    with pytest.raises(SceneError, match="no scenes for train"):
        scenes_of(collection, "train", replace(data, exclude=(f"{domain}/Z1_NN/IMG_000001",)))


def test_bytes_that_are_no_utf8_are_listed_readably_and_refused(pair) -> None:
    pair.write()
    latin = os.path.join(os.fsencode(pair.folder), b"for\xeat_aerial.tif")
    os.link(pair.aerial, latin)
    collection = open_collection(pair.folder)
    assert collection.ids == ("a", "forêt")
    with pytest.raises(SceneError, match=r"name is not written in UTF-8.*another name"):
        collection.scene("forêt")
    assert collection.scene("a").id == "a"


def test_what_is_not_there_stays_as_it_was_written(tmp_path: Path) -> None:
    assert on_disk(tmp_path / "no" / "such.tif") == tmp_path / "no" / "such.tif"
    assert plain("A.B.TIFF") == "A.B.tif"
    assert plain("no_ending") == "no_ending"


def test_patches_are_found_with_other_endings(tmp_path: Path) -> None:
    write_roi(tmp_path, 1, 1, ("AERIAL_RGBI", "SENTINEL2_TS"))
    rename(tmp_path, ".tif", ".TIFF")
    put_junk_beside_all(tmp_path)
    collection = open_collection(tmp_path)
    assert collection.header(collection.ids[0]).holds == {"AERIAL_RGBI", "SENTINEL2_TS"}
    assert collection.scene(collection.ids[0]).sentinel2 is not None
