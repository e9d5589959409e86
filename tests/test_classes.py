from pathlib import Path

import numpy as np
import pytest

from lcapp.classes import COSIA, FLAIR2, LPIS1, LPIS2, LPIS3, TABLES

SEED = Path(__file__).resolve().parents[1].parent / "shared" / "seeds" / "001_998e5f618bfff3d1.txt"

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB.
EYES = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(rgb, eyes="normal"):
    """CIE-Lab (D65) of K x 3 bytes as those eyes see them."""
    c = rgb / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ EYES[eyes].T, 0, 1) @ XYZ.T / XYZ.sum(1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1
    )


def closest_pair(rgb, eyes):
    colours = lab(rgb, eyes)
    distance = np.linalg.norm(colours[:, None] - colours, axis=-1)
    return distance[np.triu_indices(len(rgb), 1)].min()


def test_lab_of_known_colours():
    # Lab of sRGB white, red and a middle grey under D65
    known = lab(np.array([[255, 255, 255], [255, 0, 0], [119, 119, 119]]))
    np.testing.assert_allclose(known, [[100, 0, 0], [53.24, 80.09, 67.20], [50.03, 0, 0]], atol=0.1)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize(
    ("table", "apart", "apart_before"),
    [(FLAIR2, 20, 12), (COSIA, 15, 12), (LPIS1, 18, None), (LPIS2, 15, None), (LPIS3, 12, None)],
)
def test_safe_colours_stay_apart(table, apart, apart_before, eyes):
    assert closest_pair(table.colours(safe=True), eyes) >= apart
    if apart_before is not None and eyes != "normal":
        assert closest_pair(table.colours(), eyes) < apart_before


def test_safe_colours_keep_their_meaning():
    safe = dict(zip(COSIA.names, lab(COSIA.colours(safe=True)), strict=True))
    assert safe["water"][2] < -30  # blue
    for green in ("herbaceous vegetation", "deciduous", "coniferous"):
        assert safe[green][1] < -15
    assert safe["coniferous"][0] < safe["deciduous"][0] - 20  # the darker green


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
