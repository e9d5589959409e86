"""A CRS is what it means, and a metre of the map is one on the ground, or the file is refused."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS

from lcapp.classes import FLAIR2
from lcapp.errors import SceneError
from lcapp.evaluate.areas import class_areas
from lcapp.scene.coordinates import crs_text, ground_scale, is_same_crs
from lcapp.scene.pairs import read_pair
from lcapp.scene.rasters.aerial import inspect_aerial
from lcapp.types import Grid, LandCover

COMPOUND = "EPSG:2154+5720"
BOUND = CRS.from_proj4(
    "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=49 +lat_2=44 +x_0=700000 +y_0=6600000 +ellps=GRS80 "
    "+towgs84=0,0,0,0,0,0,0 +units=m +no_defs"
)
LAMBERT93 = ("EPSG:2154", COMPOUND, "IGNF:LAMB93", "EPSG:9794", BOUND)
BOX = (800_000.0, 6_499_990.0, 800_012.8, 6_500_000.0)


@pytest.mark.parametrize("crs", LAMBERT93[1:])
def test_lambert_93_is_one_place_however_it_is_written(pair, make: SimpleNamespace, crs) -> None:
    """The heights' and the series' CRS beside an aerial image in EPSG:2154, and the reverse."""
    for aerial, other in (("EPSG:2154", crs), (crs, "EPSG:2154")):
        make.tif(pair.aerial, make.pixels(), crs=aerial)
        heights = make.tif(pair.folder / "h.tif", np.full((1, 64, 64), 3, np.float32), crs=other)
        values = np.full((12, 4, 4), 1000, np.uint16)
        place = Affine(10, 0, 799_990, 0, -10, 6_500_010)
        series = make.tif(pair.folder / "s.tif", values, crs=other, transform=place)
        pair.write_dates()
        scene = read_pair(pair.aerial, series, pair.folder / "a_dates.txt", ndsm=heights)
        assert (scene.ndsm == 3).all()
        assert scene.sentinel2.grid.crs == scene.grid.crs
        assert CRS.from_user_input(scene.grid.crs).to_dict().get("vunits") is None


def test_systems_that_lie_apart_are_told_whole(pair, make: SimpleNamespace) -> None:
    """ED50 is some 80 m away; and no CRS is cut off in the advice."""
    assert is_same_crs("EPSG:32632", "EPSG:25832", (4e5, 5.5e6, 4.1e5, 5.51e6))
    assert not is_same_crs("EPSG:23032", "EPSG:25832", (4e5, 5.5e6, 4.1e5, 5.51e6))
    assert not is_same_crs("EPSG:2154", "EPSG:25831", BOX)
    own = CRS.from_proj4(
        "+proj=tmerc +lat_0=46 +lon_0=5.1 +k=1 +x_0=800000 +y_0=6500000 +ellps=GRS80"
    )
    make.tif(pair.aerial, make.pixels(), crs=own)
    series = make.tif(pair.folder / "s.tif", np.zeros((12, 4, 4), np.uint16))
    pair.write_dates()
    with pytest.raises(SceneError) as refused:
        read_pair(pair.aerial, series, pair.folder / "a_dates.txt")
    assert refused.value.what == "is in EPSG:2154"
    said = re.search(r"gdalwarp -t_srs '(.*)'$", str(refused.value))
    assert said, refused.value
    assert is_same_crs(said[1], own.to_wkt(), BOX)
    assert crs_text("EPSG:2154") == "EPSG:2154"
    assert crs_text(CRS.from_user_input("IGNF:LAMB93").to_wkt()) == "IGNF:LAMB93"


@pytest.mark.parametrize(
    ("crs", "gsd", "west", "north", "command"),
    [
        ("EPSG:3857", 0.2, 260_000, 5_942_000, "gdalwarp -t_srs EPSG:32631 -tr 0.2 0.2"),
        # 0.2 m on the ground, yet a series of 10 m would be laid over it as one of 6.8
        ("EPSG:3857", 0.2925, 260_000, 5_942_000, "gdalwarp -t_srs EPSG:32631 -tr 0.2 0.2"),
        ("EPSG:4326", 1.8e-6, 2.3, 47.0, "gdalwarp -t_srs EPSG:32631 -tr 0.2 0.2"),
        ("EPSG:4979", 1.8e-6, -70.1, -33.0, "gdalwarp -t_srs EPSG:32719 -tr 0.2 0.2"),
        ("EPSG:2263", 0.656, 980_000, 200_000, "gdalwarp -t_srs EPSG:32618 -tr 0.2 0.2"),
    ],
)
def test_what_does_not_count_in_metres_of_the_ground_is_refused_with_the_command(
    tmp_path: Path, make: SimpleNamespace, crs: str, gsd: float, west: float, north: float, command
) -> None:
    place = Affine(gsd, 0, west, 0, -gsd, north)
    file = make.tif(tmp_path / "a.tif", make.pixels(), crs=crs, transform=place)
    with pytest.raises(SceneError) as refused:
        inspect_aerial(file)
    assert refused.value.advice == f"warp it with {command}"


def test_the_scale_of_a_map_is_that_of_the_ellipsoid() -> None:
    """Web Mercator: across cos(latitude) times its radius over the sphere's; UTM: 0.9996."""
    latitude = np.radians(47.0)
    north = 6_378_137 * np.log(np.tan(np.pi / 4 + latitude / 2))
    squared = 0.00669437999014
    bulge = 1 - squared * np.sin(latitude) ** 2
    across = np.cos(latitude) / np.sqrt(bulge)
    along = np.cos(latitude) * (1 - squared) / bulge**1.5
    found = ground_scale("EPSG:3857", 260_000, north)
    np.testing.assert_allclose(found, (across, along, across * along), rtol=1e-3)
    np.testing.assert_allclose(ground_scale("EPSG:32631", 5e5, 5e6)[:2], 1 / 0.9996, rtol=1e-5)
    assert ground_scale("EPSG:2154", float("inf"), 0.0) is None


@pytest.mark.parametrize(
    ("crs", "west", "north", "factor"),
    [
        ("EPSG:2154", 800_000, 6_500_000, 1.0),  # within 1 %: the area that everybody measures
        ("EPSG:25832", -490_000, 5_400_000, 0.977),  # Brittany, two zones off
    ],
)
def test_areas_are_true_on_the_ground(
    tmp_path: Path, make: SimpleNamespace, crs: str, west: float, north: float, factor: float
) -> None:
    place = Affine(0.2, 0, west, 0, -0.2, north)
    file = inspect_aerial(make.tif(tmp_path / "a.tif", make.pixels(), crs=crs, transform=place))
    cover = LandCover(np.ones((len(FLAIR2), 64, 64), np.float32), FLAIR2, file.grid)
    total = sum(one.m2 for one in class_areas(cover))
    assert total == pytest.approx(64 * 64 * 0.04 * factor, rel=1e-9 if factor == 1 else 2e-3)
    assert any("areas are those on the ground" in note for note in file.notes) == (factor != 1)
    nowhere = Grid("EPSG:2154", Affine(0.2, 0, 0, 0, -0.2, 0), 64, 64)
    cover = LandCover(cover.probabilities, FLAIR2, nowhere)
    assert class_areas(cover)[0].m2 == pytest.approx(64 * 64 * 0.04)
