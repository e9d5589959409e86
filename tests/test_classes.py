from pathlib import Path

import numpy as np
import pytest
from colorspacious import cspace_convert

from lcapp.classes import COSIA, FLAIR2, LPIS1, LPIS2, LPIS3, TABLES

SEED = Path(__file__).resolve().parents[1].parent / "shared" / "seeds" / "001_998e5f618bfff3d1.txt"

EYES = {
    "normal": None,
    "protan": "protanomaly",
    "deutan": "deuteranomaly",
    "tritan": "tritanomaly",
}


def seen(rgb, eyes="normal"):
    """CAM02-UCS of K x 3 bytes as those eyes see them (Machado, Oliveira and Fernandes 2009)."""
    share = rgb / 255
    if kind := EYES[eyes]:
        space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
        share = np.clip(cspace_convert(share, space, "sRGB1"), 0, 1)
    return cspace_convert(share, "sRGB1", "CAM02-UCS")


def closest_pair(rgb, eyes):
    colours = seen(rgb, eyes)
    distance = np.linalg.norm(colours[:, None] - colours, axis=-1)
    return distance[np.triu_indices(len(rgb), 1)].min()


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize(
    ("table", "apart"), [(FLAIR2, 11), (COSIA, 9), (LPIS1, 10), (LPIS2, 8), (LPIS3, 6.5)]
)
def test_safe_colours_stay_apart(table, apart, eyes):
    assert closest_pair(table.colours(safe=True), eyes) >= apart
    if table in (FLAIR2, COSIA) and eyes != "normal":
        assert closest_pair(table.colours(), eyes) < 5, "the nomenclature's own do not"


def test_safe_colours_keep_their_meaning():
    safe = dict(zip(COSIA.names, seen(COSIA.colours(safe=True)), strict=True))  # light, red, yellow
    assert safe["water"][2] < -20  # blue
    for green in ("herbaceous vegetation", "deciduous", "coniferous"):
        assert safe[green][1] < -9
    assert safe["coniferous"][0] < safe["deciduous"][0] - 20  # the darker green
    assert np.linalg.norm(seen(COSIA.colours(safe=True)) - seen(COSIA.colours()), axis=1).max() < 16


def test_a_class_has_one_colour_wherever_it_stands():
    both = {one.en: one for one in COSIA.classes}
    for one in FLAIR2.classes[:12]:
        assert one == both[one.en]


def test_numbers_and_ends_of_the_tables():
    ends = {k: (len(t), t.names[0], t.names[-1]) for k, t in TABLES.items()}
    assert ends == {
        "cosia": (19, "building", "undefined"),
        "flair2": (13, "building", "other"),
        "lpis1": (23, "grasses", "background"),
        "lpis2": (31, "grasses", "background"),
        "lpis3": (46, "grasses monoculture", "background"),
    }
    assert sum(one.evaluated for one in COSIA.classes) == 15
    assert sum(one.evaluated for one in FLAIR2.classes) == 12


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_names_and_colours_are_distinct(table):
    for values in (
        table.names,
        [one.fr for one in table.classes],
        [one.colour for one in table.classes],
        [one.safe_colour for one in table.classes],
    ):
        assert len(set(values)) == len(table)
    assert all(one.fr for one in table.classes)


@pytest.mark.parametrize(
    ("crop", "level2", "level1"),
    [
        ("winter durum wheat", "other winter cereals", "other cereals"),
        ("spring oat", "other spring cereals", "other cereals"),
        ("other flax", "flax", "hemp/flax/tobacco"),
        ("mustard", "other oilseed crops", "other oilseed crops"),
        ("clover", "other fodder legumes", "fodder legumes"),
        ("buckwheat", "other arable crops", "other arable crops"),
        ("lavandin", "lavandin", "other permanent crops"),
        ("background", "background", "background"),
    ],
)
def test_a_crop_knows_its_parents(crop, level2, level1):
    parent = LPIS3.parents[LPIS3.index(crop)]
    assert (LPIS3.parent, LPIS2.parent, LPIS1.parent) == ("lpis2", "lpis1", None)
    assert LPIS2.names[parent] == level2
    assert LPIS1.names[LPIS2.parents[parent]] == level1


@pytest.mark.skipif(not SEED.is_file(), reason="no ../shared/seeds here")
def test_crops_are_those_of_table_vii():
    rows = []
    for line in SEED.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 12 and cells[-1].isdigit():
            rows.append((cells[0], cells[1], cells[8], cells[9], cells[10], cells[11]))
    rows = rows[-46:]

    def same(ours, theirs):
        return ours == theirs.lower().replace(" / ", "/")

    one = two = None
    for name1, id1, name2, id2, name3, id3 in rows:
        one = int(id1) if id1.isdigit() else one
        two = int(id2) if id2.isdigit() else two
        if id1.isdigit():
            assert same(LPIS1.names[one], name1) or name1 == "Hemp/Flax/Tobacco"
        if id2.isdigit():
            assert same(LPIS2.names[two], name2)
        assert same(LPIS3.names[int(id3)], name3)
        assert LPIS3.parents[int(id3)] == two
        assert LPIS2.parents[two] == one
    assert [int(row[5]) for row in rows] == list(range(46))


def test_colours_are_bytes():
    colours = COSIA.colours()
    assert colours.dtype == np.uint8
    assert colours.shape == (19, 3)
    assert colours[0].tolist() == [0xDB, 0x0E, 0x9A]
    assert COSIA.colours(safe=True)[0].tolist() != colours[0].tolist()


def test_flair2_label_values():
    values = np.array([[1, 12, 13], [19, 255, 5]], dtype=np.uint8)
    assert FLAIR2.from_label_values(values).tolist() == [[0, 11, 12], [12, 12, 4]]
    assert FLAIR2.from_label_values(values).dtype == np.uint8
    assert COSIA.from_label_values([0, 18, 19]).tolist() == [0, 18, 18]


@pytest.mark.parametrize(
    ("table", "values"), [(FLAIR2, np.uint8([1, 0])), (COSIA, [-1]), (COSIA, [0.5])]
)
def test_label_values_that_no_class_has(table, values):
    with pytest.raises(ValueError, match=r"label values"):
        table.from_label_values(values)


def test_index_by_name():
    assert FLAIR2.index("water") == 4
    with pytest.raises(KeyError, match="lava"):
        FLAIR2.index("lava")
