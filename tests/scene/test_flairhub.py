"""FLAIR-HUB folders: hand-made ones, in which every value tells where it comes from."""

import datetime as dt
import json
import shutil
import sqlite3
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import transform

from lcapp.errors import RunError, SceneError
from lcapp.prepare import InputSpec, prepare
from lcapp.scene.collection import open_collection
from lcapp.scene.splits import split_of
from lcapp.simulate.formats.flairhub import simulate_flairhub

LEFT, TOP = 800_000.0, 6_500_000.0
DOMAIN, ROI = "D012-2019", "AF-S1-27"
DATES = {"1": "20190114", "2": "20190530", "10": "20191231"}
SIZES = {
    "AERIAL_RGBI": (4, 512, "uint8"),
    "AERIAL-RLT_PAN": (1, 256, "uint8"),
    "DEM_ELEV": (2, 512, "float32"),
    "SPOT_RGBI": (4, 64, "uint16"),
    "SENTINEL2_TS": (30, 10, "uint16"),
    "SENTINEL2_MSK-SC": (6, 10, "uint16"),
    "SENTINEL1-ASC_TS": (6, 10, "float32"),
    "SENTINEL1-DESC_TS": (6, 10, "float32"),
    "AERIAL_LABEL-COSIA": (1, 512, "uint8"),
    "ALL_LABEL-LPIS": (3, 512, "uint8"),
}
"""Table V, with three dates."""

NO_MODALITIES = {"SENTINEL2_MSK-SC", "AERIAL_LABEL-COSIA", "ALL_LABEL-LPIS"}


def write_table(path: Path, columns: str, rows: list[tuple]) -> None:
    """The least that a GeoPackage reader may rely on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
    database.execute("INSERT INTO gpkg_contents VALUES ('layer', 'features')")
    database.execute(f"CREATE TABLE layer (fid INTEGER PRIMARY KEY, {columns})")
    holders = ", ".join("?" * len(rows[0])) if rows else ""
    for row in rows:
        database.execute(f"INSERT INTO layer ({columns}) VALUES ({holders})", row)
    database.commit()
    database.close()


class Hub:
    """Patches whose band b, counted from 1, holds 10 b everywhere; labels are 0."""

    def __init__(self, root: Path, make) -> None:
        self.root, self.make = root, make
        self.keys: list[str] = []

    def patch(self, row: int = 5, col: int = 10, roi: str = ROI, east: float = 0.0) -> str:
        for name in SIZES:
            self.modality(name, row, col, roi, east)
        self.keys.append(f"{DOMAIN}_{roi}_{row}-{col}")
        self.series_dates(DATES)
        return f"{DOMAIN}/{roi}/{row}-{col}"

    def file(self, name: str, row: int = 5, col: int = 10, roi: str = ROI) -> Path:
        domain = "D012-195X" if name == "AERIAL-RLT_PAN" else DOMAIN
        return self.root / f"{domain}_{name}/{roi}/{domain}_{name}_{roi}_{row}-{col}.tif"

    def modality(
        self,
        name: str,
        row: int = 5,
        col: int = 10,
        roi: str = ROI,
        east: float = 0.0,
        values: np.ndarray | None = None,
    ) -> None:
        bands, pixels, kind = SIZES[name]
        if values is None:
            each = np.zeros(bands) if "LABEL" in name else 10 * np.arange(1, bands + 1)
            values = np.broadcast_to(each[:, None, None], (bands, pixels, pixels)).astype(kind)
        gsd = 102.4 / pixels
        left, top = LEFT + 102.4 * (col - 10) + east, TOP - 102.4 * (row - 5)
        transform = Affine(gsd, 0, left, 0, -gsd, top)
        self.make.tif(self.file(name, row, col, roi), values, transform=transform)

    def table(self, kind: str) -> Path:
        return self.root / f"GLOBAL_ALL_MTD/GLOBAL_{kind}.gpkg"

    def series_dates(self, dates: object, keys: list[str] | None = None) -> None:
        entry = dates if isinstance(dates, str) else json.dumps(dates)
        for sensor in ("SENTINEL2", "SENTINEL1-ASC", "SENTINEL1-DESC"):
            rows = [(key, entry) for key in (self.keys if keys is None else keys)]
            write_table(self.table(f"{sensor}_MTD_DATES"), "patch_id, acquisition_dates", rows)

    def open(self):
        return open_collection(self.root)


@pytest.fixture
def hub(tmp_path, make) -> Hub:
    return Hub(tmp_path / "hub", make)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Path:
    return simulate_flairhub(tmp_path_factory.mktemp("flairhub") / "tree")


def test_a_patch_as_a_scene(hub):
    name = hub.patch()
    rows = [("D012-2019_AERIAL_RGBI_AF-S1-27_5-10", "2019-07-03 10:21")]
    write_table(hub.table("AERIAL_MTD_DATES"), "patch_id, date", rows)
    collection = hub.open()
    assert collection.kind == "flairhub"
    assert collection.ids == (name,) == ("D012-2019/AF-S1-27/5-10",)
    header, scene = collection.header(name), collection.scene(name)
    assert (header.has_reference, header.has_ndsm, header.simulated) == (True, True, False)
    assert scene.aerial.bands == ("red", "green", "blue", "nir")
    assert scene.aerial.pixels[:, 0, 0].tolist() == [10, 20, 30, 40]
    assert scene.aerial.date == dt.date(2019, 7, 3)
    assert (scene.ndsm == 10 - 20).all()
    assert scene.reference.table.name == "cosia"
    assert scene.aerial.grid.bounds == pytest.approx((LEFT, TOP - 102.4, LEFT + 102.4, TOP))


def test_series_holds_all_bands_of_the_first_date_first(hub):
    name = hub.patch()
    series = hub.open().scene(name).sentinel2
    assert series.values.shape == (3, 10, 10, 10)
    assert series.values[1, :, 0, 0].tolist() == list(range(110, 201, 10))
    assert series.snow[:, 0, 0].tolist() == [10, 30, 50]
    assert series.cloud[:, 0, 0].tolist() == [20, 40, 60]
    assert series.grid.gsd == pytest.approx(10.24)
    assert series.grid.bounds == pytest.approx((LEFT, TOP - 102.4, LEFT + 102.4, TOP))


def test_dates_follow_their_numbers_not_their_spelling(hub):
    """As text "10" comes before "2"; a writer may also have sorted them that way."""
    name = hub.patch()
    hub.series_dates({"10": "20191231", "1": "20190114", "2": "20190530"})
    expected = (dt.date(2019, 1, 14), dt.date(2019, 5, 30), dt.date(2019, 12, 31))
    assert hub.open().scene(name).sentinel2.dates == expected
    assert hub.open().scene(name).series["SENTINEL1-ASC_TS"].dates == expected


def test_a_patch_with_all_its_modalities(hub):
    name = hub.patch()
    write_table(hub.table("SPOT_MTD_DATES"), "patch_id, date", [(hub.keys[0], "20190803")])
    write_table(
        hub.table("AERIAL-RLT_MTD_DATES"),
        "patch_id, date",
        [("D012-195X_AF-S1-27_5-10", "19560621")],
    )
    collection = hub.open()
    read = collection.scene(name)
    assert read.images["SPOT_RGBI"].pixels[:, 0, 0].tolist() == [10, 20, 30, 40]
    assert read.images["AERIAL-RLT_PAN"].pixels.shape == (1, 256, 256)
    assert read.images["DEM_ELEV"].pixels.dtype == np.float32
    assert read.series["SENTINEL1-DESC_TS"].values[:, :, 0, 0].tolist() == [
        [10, 20],
        [30, 40],
        [50, 60],
    ]
    assert read.series["SENTINEL2_TS"].snow[2, 0, 0] == 50
    assert set(read.references) == {"cosia", "lpis1", "lpis2", "lpis3"}
    assert {name: one.date for name, one in read.images.items()} == {
        "AERIAL_RGBI": None,
        "AERIAL-RLT_PAN": dt.date(1956, 6, 21),
        "DEM_ELEV": None,
        "SPOT_RGBI": dt.date(2019, 8, 3),
    }
    for one in (*read.images.values(), *read.series.values()):
        assert one.grid.bounds == pytest.approx(read.grid.bounds)
        assert Path(one.source).is_file()
    assert read.holds == collection.header(name).holds == set(SIZES) - NO_MODALITIES
    assert not read.simulated


def test_only_the_named_modalities_are_read(hub):
    name = hub.patch()
    hub.file("AERIAL_RGBI").write_bytes(b"")
    hub.file("SENTINEL1-ASC_TS").unlink()
    read = hub.open().scene(name, ["SPOT_RGBI", "SENTINEL2_TS"])
    assert (set(read.images), set(read.series)) == ({"SPOT_RGBI"}, {"SENTINEL2_TS"})
    assert read.grid.gsd == pytest.approx(0.2)
    assert read.grid.bounds == pytest.approx((LEFT, TOP - 102.4, LEFT + 102.4, TOP))
    with pytest.raises(SceneError, match="AERIAL_RGBI is an empty file"):
        hub.open().scene(name)


def test_what_is_not_there_has_no_key(hub):
    name = hub.patch()
    for missing in ("SENTINEL1-ASC_TS", "AERIAL_LABEL-COSIA", "DEM_ELEV", "SENTINEL2_MSK-SC"):
        hub.file(missing).unlink()
    read = hub.open().scene(name)
    assert set(read.images) == {"AERIAL_RGBI", "AERIAL-RLT_PAN", "SPOT_RGBI"}
    assert set(read.series) == {"SENTINEL2_TS", "SENTINEL1-DESC_TS"}
    assert set(read.references) == {"lpis1", "lpis2", "lpis3"}
    assert read.series["SENTINEL2_TS"].cloud is None
    assert (read.ndsm, read.reference, read.sentinel2.snow) == (None, None, None)


@pytest.mark.parametrize("name", sorted(set(SIZES) - NO_MODALITIES - {"AERIAL_RGBI"}))
def test_a_missing_modality_names_itself_and_its_file(hub, name):
    wanted = hub.patch()
    hub.file(name).unlink()
    with pytest.raises(SceneError, match=f"{name} is not there") as caught:
        hub.open().scene(wanted, ["AERIAL_RGBI", name])
    assert caught.value.where == str(hub.file(name))


def test_a_patch_without_an_aerial_image_is_a_scene_without_one(hub):
    wanted = hub.patch()
    shutil.rmtree(hub.root / f"{DOMAIN}_AERIAL_RGBI")
    collection = hub.open()
    assert collection.ids == (wanted,)
    header, scene = collection.header(wanted), collection.scene(wanted)
    assert header.holds == scene.holds == set(SIZES) - NO_MODALITIES - {"AERIAL_RGBI"}
    assert header.grid.bounds == pytest.approx((LEFT, TOP - 102.4, LEFT + 102.4, TOP))
    with pytest.raises(SceneError, match="there is no AERIAL_RGBI"):
        _ = scene.aerial
    with pytest.raises(SceneError, match="AERIAL_RGBI is not there"):
        collection.scene(wanted, ["AERIAL_RGBI"])


def test_a_modality_that_flairhub_does_not_have_is_refused(hub):
    wanted = hub.patch()
    with pytest.raises(SceneError, match=r"no modality 'SENTINEL3_TS'.*SENTINEL2_TS"):
        hub.open().scene(wanted, ["SENTINEL3_TS"])


@pytest.mark.parametrize("name", ["DEM_ELEV", "SENTINEL2_TS", "SPOT_RGBI", "ALL_LABEL-LPIS"])
def test_a_truncated_file_names_its_modality(hub, make, name):
    wanted = hub.patch()
    make.truncate(hub.file(name))
    with pytest.raises(SceneError, match=f"{name} cannot be read.*truncated"):
        hub.open().scene(wanted)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("SPOT_RGBI", np.ones((4, 68, 68), "u2"), "SPOT_RGBI is 68 x 68 pixels; expected 64 x 64"),
        ("DEM_ELEV", np.ones((1, 512, 512), "f4"), r"DEM_ELEV has 1 bands.*2 \(dsm, dtm\)"),
        ("SENTINEL2_TS", np.ones((29, 10, 10), "u2"), "SENTINEL2_TS has 29 bands.*multiple of 10"),
        ("SENTINEL2_TS", np.ones((20, 10, 10), "u2"), "SENTINEL2_TS has 2 images for 3 dates"),
        ("SENTINEL2_MSK-SC", np.ones((4, 10, 10), "u2"), "MSK-SC has 2 masks for 3 images"),
        ("SENTINEL1-ASC_TS", np.ones((8, 10, 10), "f4"), "ASC_TS has 4 images for 3 dates"),
        ("AERIAL_RGBI", np.ones((4, 512, 512), "u2"), "AERIAL_RGBI holds uint16 values"),
        ("AERIAL_LABEL-COSIA", np.full((1, 512, 512), 19, "u1"), "COSIA holds the label value 19"),
        (
            "ALL_LABEL-LPIS",
            np.full((3, 512, 512), 23, "u1"),
            r"LPIS holds the label value 23.*0 to 22",
        ),
    ],
)
def test_a_misshapen_file_is_told_what_was_expected(hub, name, values, said):
    wanted = hub.patch()
    hub.modality(name, values=values)
    with pytest.raises(SceneError, match=said) as caught:
        hub.open().scene(wanted)
    assert caught.value.where == str(hub.file(name))


def test_a_modality_of_another_place_is_refused(hub):
    wanted = hub.patch()
    hub.modality("SPOT_RGBI", east=10.0)
    with pytest.raises(SceneError, match="SPOT_RGBI does not lie where its patch lies"):
        hub.open().scene(wanted)


def test_missing_dates_name_the_sensor_and_the_patch(hub):
    wanted = hub.patch()
    hub.series_dates(DATES, keys=["D012-2019_AF-S1-27_5-11"])
    with pytest.raises(
        SceneError, match=r"no dates of SENTINEL2 for the patch D012-2019_AF-S1-27_5-10"
    ):
        hub.open().scene(wanted)
    with pytest.raises(SceneError, match="GLOBAL_SENTINEL2_MTD_DATES"):
        hub.open().scene(wanted)
    hub.series_dates('{"1": "2019"}')
    with pytest.raises(SceneError, match=r"dates of SENTINEL2 .* cannot be read"):
        hub.open().scene(wanted)
    hub.table("SENTINEL2_MTD_DATES").write_bytes(b"SQLite format 3\0 cut")
    with pytest.raises(SceneError, match=r"GLOBAL_SENTINEL2_MTD_DATES.gpkg: cannot be read"):
        hub.open().scene(wanted)
    hub.table("SENTINEL2_MTD_DATES").unlink()
    with pytest.raises(SceneError, match=r"SENTINEL2 has no dates.*GLOBAL_ALL_MTD.zip"):
        hub.open().scene(wanted)


def test_dates_of_the_toy_data_set_are_by_domain_and_roi(hub):
    wanted = hub.patch()
    shutil.rmtree(hub.root / "GLOBAL_ALL_MTD")
    for sensor in ("SENTINEL2", "SENTINEL1-ASC", "SENTINEL1-DESC"):
        path = hub.root / f"{DOMAIN}_ALL_MTD/{DOMAIN}_{sensor}_MTD_DATES.gpkg"
        rows = [(f"{DOMAIN}_{ROI}", json.dumps(DATES))]
        write_table(path, "zone_id, acquisition_dates", rows)
    assert hub.open().scene(wanted).series["SENTINEL2_TS"].dates[0] == dt.date(2019, 1, 14)


@pytest.mark.parametrize(
    "spelling",
    [
        "D012-2019/AF-S1-27/5-10",
        "D012-2019_AF-S1-27_5-10",
        "D012-2019_SENTINEL2_MSK-SC_AF-S1-27_5-10",
        "D012-2019_AERIAL_LABEL-COSIA/AF-S1-27/D012-2019_AERIAL_LABEL-COSIA_AF-S1-27_5-10.tif",
    ],
)
def test_a_patch_is_found_by_any_spelling_of_its_name(hub, spelling):
    hub.patch()
    assert hub.open().find(spelling) == "D012-2019/AF-S1-27/5-10"


@pytest.mark.parametrize("spelling", ["D012-2019_AF-S1-27_5-99", "D012-2019/AF-S1-27/5-99"])
def test_an_unknown_patch_names_the_nearest(hub, spelling):
    hub.patch()
    with pytest.raises(SceneError, match=r"no scene 'D012-2019/AF-S1-27/5-99'.*did you mean D012"):
        hub.open().find(spelling)


def test_ids_are_in_the_order_of_rows_and_columns(hub):
    for col in (9, 10, 11):
        hub.modality("AERIAL_RGBI", 5, col)
    (hub.root / f"{DOMAIN}_AERIAL_RGBI/{ROI}/Thumbs.db").touch()
    hub.modality("AERIAL_RGBI", 1, 1, "UU-S2-3")
    assert hub.open().regions() == {
        f"{DOMAIN}/{ROI}": [f"{DOMAIN}/{ROI}/5-{col}" for col in (9, 10, 11)],
        f"{DOMAIN}/UU-S2-3": [f"{DOMAIN}/UU-S2-3/1-1"],
    }


@pytest.mark.parametrize("table", [True, False])
def test_a_patch_is_found_by_its_place(hub, table):
    """With the table of footprints, and without it by the files themselves."""
    for row, col in ((5, 10), (5, 11), (6, 10), (6, 11)):
        hub.modality("AERIAL_RGBI", row, col)
    # Another ROI, far away, and the same place in another year.
    hub.modality("AERIAL_RGBI", 5, 10, "UU-S2-3", east=50_000.0)
    if table:
        edges = "patch_xmin, patch_ymin, patch_xmax, patch_ymax"
        rows = [
            (one.replace("/", "_"), *map(float, hub.open().header(one).grid.bounds))
            for one in hub.open().ids
        ]
        write_table(hub.table("ALL_MTD_GEOM"), f"patch_id, {edges}", rows)
    at = hub.open().reader.scenes_at
    assert at(LEFT + 1, TOP - 1, "EPSG:2154") == (f"{DOMAIN}/{ROI}/5-10",)
    assert at(LEFT + 103, TOP - 103, "EPSG:2154") == (f"{DOMAIN}/{ROI}/6-11",)
    assert at(LEFT + 50_001, TOP - 1, "EPSG:2154") == (f"{DOMAIN}/UU-S2-3/5-10",)
    assert at(LEFT - 1, TOP - 1, "EPSG:2154") == ()
    (lon,), (lat,) = transform("EPSG:2154", "EPSG:4326", [LEFT + 51.2], [TOP - 51.2])
    assert at(lon, lat, "EPSG:4326") == (f"{DOMAIN}/{ROI}/5-10",)
    with pytest.raises(SceneError, match="no known CRS"):
        at(0, 0, "EPSG:nowhere")


def test_the_official_split_is_that_of_the_table(hub):
    for col in (10, 11, 12):
        hub.modality("AERIAL_RGBI", 5, col)
    collection = hub.open()
    with pytest.raises(SceneError, match=r"no official split \(flairhub\)"):
        split_of(collection, collection.ids[0])
    rows = [
        (one.replace("/", "_"), used, used)
        for one, used in zip(collection.ids, ("train", "valid", "test"), strict=True)
    ]
    write_table(hub.table("ALL_MTD_SPLIT"), "patch_id, split_1, split_2", rows)
    collection = hub.open()
    # split_1 is split_flairhub by another name.
    assert [split_of(collection, one) for one in collection.ids] == ["train", "validation", "test"]
    assert collection.reader.split(collection.ids[1], "split_2") == "valid"
    with pytest.raises(SceneError, match="no split 'split_9'; expected one of split_1, split_2"):
        collection.reader.split(collection.ids[1], "split_9")


def test_the_validation_domains_of_ones_own_come_before_the_official_roi_split(hub):
    for col in (10, 11):
        hub.modality("AERIAL_RGBI", 5, col)
    rows = [(f"{DOMAIN}_{ROI}_5-10", "valid"), (f"{DOMAIN}_{ROI}_5-11", "train")]
    write_table(hub.table("ALL_MTD_SPLIT"), "patch_id, split_flairhub", rows)
    collection = hub.open()
    assert {split_of(collection, one, (DOMAIN,)) for one in collection.ids} == {"validation"}


def test_heights_with_gaps_are_refused_where_they_are_asked_for(hub):
    name = hub.patch()
    values = np.ones((2, 512, 512), "f4")
    values[1, :2, 0] = np.nan
    hub.modality("DEM_ELEV", values=values)
    scene = hub.open().scene(name)
    with pytest.raises(SceneError, match="DEM_ELEV has no height in 2 of 262144 pixels"):
        _ = scene.ndsm


def test_the_fingerprint_of_a_patch_tells_an_exchanged_file_of_any_kind(hub):
    name, other = hub.patch(), hub.patch(5, 11)
    before = [hub.open().fingerprint(one) for one in (name, other)]
    assert [hub.open().fingerprint(one) for one in (name, other)] == before
    found = {before[0]}
    for kind in ("SPOT_RGBI", "SENTINEL2_MSK-SC", "ALL_LABEL-LPIS"):
        hub.modality(kind, values=np.ones((SIZES[kind][0], *[SIZES[kind][1]] * 2), SIZES[kind][2]))
        found.add(hub.open().fingerprint(name))
        assert hub.open().fingerprint(other) == before[1]
    hub.series_dates({**DATES, "1": "20190115"})
    assert len(found | {hub.open().fingerprint(name)}) == 5


def test_listing_looks_at_names_only(hub, monkeypatch):
    hub.patch()
    monkeypatch.setattr(rasterio, "open", lambda *a, **k: pytest.fail("opened a raster"))
    assert len(hub.open().ids) == 1


def test_the_simulated_tree_is_read_whole_and_says_that_it_is_simulated(simulated):
    collection = open_collection(simulated)
    assert collection.simulated
    read = collection.scene(collection.ids[1])
    assert read.simulated
    assert read.holds == set(SIZES) - NO_MODALITIES
    levels = [read.references[f"lpis{level}"] for level in (1, 2, 3)]
    for coarse, fine in pairwise(levels):
        np.testing.assert_array_equal(np.array(fine.table.parents)[fine.labels], coarse.labels)
    # The modalities show one place: trees and houses stand where DSM and DTM differ.
    surface, terrain = read.images["DEM_ELEV"].pixels
    high = read.references["cosia"].labels == read.references["cosia"].table.index("deciduous")
    assert (surface - terrain)[high].mean() > 5
    assert (surface - terrain)[~high].mean() < 5


def test_a_simulated_patch_is_prepared_as_any_scene(simulated):
    collection = open_collection(simulated)
    prepared = prepare(collection.scene(collection.ids[0]), InputSpec())
    assert prepared.series.shape == (12, 4, 10, 10)
    assert prepared.present.sum() >= 6
    assert prepared.windows.inside == (slice(0, 10), slice(0, 10))
    assert prepared.windows.down.rows.shape == (10, 64)


def test_simulating_again_gives_the_same_bytes(simulated, tmp_path):
    again = simulate_flairhub(tmp_path / "again")
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert len(files) == 1 + 8 + 2 * len(SIZES)
    for file in files:
        assert (again / file).read_bytes() == (simulated / file).read_bytes(), file
    with pytest.raises(RunError, match="not an empty folder"):
        simulate_flairhub(again)


def test_a_patch_and_a_region_without_an_image_in_part(hub):
    pixels = np.full((4, 512, 512), 90, np.uint8)
    pixels[:, 100:300] = 7
    name = hub.patch()
    hub.modality("AERIAL_RGBI", values=pixels)
    with rasterio.open(hub.file("AERIAL_RGBI"), "r+") as file:
        file.nodata = 7
    scene = hub.open().scene(name)
    there = np.ones((512, 512), bool)
    there[100:300] = False
    np.testing.assert_array_equal(scene.seen, there)
    assert (scene.aerial.pixels[:, ~there] == 0).all()
    assert any("no-data value 7" in note for note in scene.notes)
    zone = hub.open().region(f"{DOMAIN}/{ROI}", ["AERIAL_RGBI"])
    np.testing.assert_array_equal(zone.scene(slice(0, 512), slice(0, 512)).seen, there)
    assert hub.open().scene(name, ["SPOT_RGBI"]).seen is None  # of the aerial image alone


@pytest.mark.parametrize("fill", [-9999, -32768, 1e38])
def test_elevations_that_are_none_are_gaps(hub, fill):
    name = hub.patch()
    heights = np.full((2, 512, 512), 30, np.float32)
    heights[1, 5, :9] = fill
    hub.modality("DEM_ELEV", values=heights)
    scene = hub.open().scene(name, ["DEM_ELEV"])
    assert np.isnan(scene.images["DEM_ELEV"].pixels).sum() == 9
    with pytest.raises(SceneError, match="no height in 9 of"):
        _ = scene.ndsm


def test_tags_and_missing_values_of_a_series_are_obeyed(hub):
    name = hub.patch()
    bands, pixels, _ = SIZES["SENTINEL2_TS"]
    values = np.full((bands, pixels, pixels), 2500, np.uint16)
    values[10:20, 0, 0] = 7  # all bands of the second date
    values[3, 9, 9] = 7  # one band
    hub.modality("SENTINEL2_TS", values=values)
    with rasterio.open(hub.file("SENTINEL2_TS"), "r+") as file:
        file.scales, file.offsets, file.nodata = (0.0001,) * bands, (-0.1,) * bands, 7
    found = hub.open().scene(name).sentinel2.values
    assert np.isnan(found[1, :, 0, 0]).all()
    assert np.isnan(found).sum() == 10
    assert found[0, 0, 5, 5] == pytest.approx(1500)


@pytest.mark.parametrize("said", ["no-data value", "mask", "65535", "0", "not a number"])
def test_spot_has_no_pixels_where_its_file_or_its_values_say_so(hub, said):
    name = hub.patch()
    there = np.ones((64, 64), bool)
    there[:, :20] = False
    values = np.full((4, 64, 64), 700, np.uint16)
    fill = {"no-data value": 11, "65535": 65535, "0": 0}.get(said, 700)
    values[:, ~there] = fill
    values[2, 5, 40] = fill  # one band alone: no fill of a file, unless none can measure it
    if said == "not a number":
        values = (values / np.float32(10000)).astype(np.float32)
        values[:, ~there] = np.nan
    hub.modality("SPOT_RGBI", values=values)
    with rasterio.open(hub.file("SPOT_RGBI"), "r+") as file:
        if said == "no-data value":
            file.nodata = 11
        if said == "mask":
            file.write_mask(there)
    if said == "65535":
        there[5, 40] = False
    scene = hub.open().scene(name)
    image = scene.images["SPOT_RGBI"]
    np.testing.assert_array_equal(image.seen, there)
    assert (image.pixels[:, ~there] == 0).all()
    np.testing.assert_allclose(image.pixels[0, there], 700, rtol=1e-6)
    assert any("of SPOT_RGBI have no image" in note for note in scene.notes)
    assert scene.seen is None  # the aerial image is whole, and tells where there is a class
    alone = scene.only(["SPOT_RGBI"]).seen
    np.testing.assert_array_equal(alone, there.repeat(8, 0).repeat(8, 1))
    np.testing.assert_array_equal(hub.open().scene(name, ["SPOT_RGBI"]).seen, alone)
    zone = hub.open().region(f"{DOMAIN}/{ROI}", ["SPOT_RGBI"])
    window = zone.scene(slice(0, 512), slice(0, 512))
    np.testing.assert_array_equal(window.images["SPOT_RGBI"].seen, there)
    np.testing.assert_array_equal(window.seen, alone)


@pytest.mark.parametrize("fill", [-9999, 65535, np.finfo(np.float32).min, np.nan, 0])
@pytest.mark.parametrize("declared", [False, True])
def test_radar_has_no_datum_where_its_file_or_its_values_say_so(hub, fill, declared):
    name = hub.patch()
    values = np.full((6, 10, 10), 0.05, np.float32)
    values[2:4, 0, :3] = fill  # both bands of the second date
    hub.modality("SENTINEL1-ASC_TS", values=values)
    if declared:
        with rasterio.open(hub.file("SENTINEL1-ASC_TS"), "r+") as file:
            file.nodata = fill
    scene = hub.open().scene(name)
    found = scene.series["SENTINEL1-ASC_TS"].values
    gaps = np.zeros((3, 2, 10, 10), bool)
    gaps[1, :, 0, :3] = True
    np.testing.assert_array_equal(np.isnan(found), gaps)
    assert (found[~gaps] == np.float32(0.05)).all()
    assert "1.0% of SENTINEL1-ASC_TS holds no datum." in scene.notes


def test_radar_that_lacks_one_band_lacks_the_pixel_and_its_scale_is_applied(hub):
    name = hub.patch()
    values = np.full((6, 10, 10), 300, np.int16)
    values[1, 4, 4] = -9999
    hub.modality("SENTINEL1-DESC_TS", values=values)
    with rasterio.open(hub.file("SENTINEL1-DESC_TS"), "r+") as file:
        file.scales = (0.01,) * 6
    scene = hub.open().scene(name)
    found = scene.series["SENTINEL1-DESC_TS"].values
    assert np.isnan(found[0, :, 4, 4]).all()
    assert np.isnan(found).sum() == 2
    np.testing.assert_allclose(found[1:], 3, rtol=1e-6)
    assert any("scale 0.01" in note for note in scene.notes)
