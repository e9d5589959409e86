"""What a person may ask for, and services as a person declares them."""

import pytest

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.services.declared import SHIPPED, read_services
from lcapp.scene.services.place import parse_place

NANCY = "place:6.12,48.69"


def test_a_place_lies_where_it_is_and_its_series_on_the_satellites_pixels() -> None:
    place = parse_place(f"{NANCY},size=204.8,year=2021")
    assert place.text == f"{NANCY},size=204.8,year=2021"
    assert (place.grid.crs, place.grid.width, place.grid.height) == ("EPSG:32632", 1024, 1024)
    # By pyproj: 6.12 E, 48.69 N is 288056.7, 5396998.2 in EPSG:32632.
    west, south, east, north = place.grid.bounds
    assert (west + east) / 2 == pytest.approx(288_056.7, abs=0.2)
    assert (south + north) / 2 == pytest.approx(5_396_998.2, abs=0.2)
    assert place.series_grid.transform.c % 20 == place.series_grid.transform.f % 20 == 0
    assert place.bands == ("B4", "B3", "B2", "B8")
    assert len(parse_place(f"{NANCY},bands=all").bands) == 10


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("place:48.69,6.12", r"longitude comes first: place:6.12,48.69"),
        ("place:935000,6850000", r"these look like metres of EPSG:2154: place:6\.\d+,48\.\d+"),
        ("place:1e9,3", "write degrees, not metres"),
        ("place:Nancy", "names no place; expected place:LON,LAT"),
        ("place:6.12", "names no place"),
        ("place:nan,3", "is no place on the Earth"),
        ("place:-73.9,40.7", "outside of the aerial images of every declared service"),
        (f"{NANCY},size=20000", "size is '20000'; expected 51.2 to 2048 metres"),
        (f"{NANCY},size=big", "size is 'big'"),
        (f"{NANCY},year=1999", "year is '1999'; expected 2016 to"),
        (f"{NANCY},years=2021", "says 'years'; expected size=, year="),
        (f"{NANCY},bands=5", "bands is '5'; expected four or all"),
        (f"{NANCY},services=/no/such.toml", "is not there"),
    ],
)
def test_what_is_no_place_is_answered_with_what_would_be_one(source, said) -> None:
    with pytest.raises(SceneError, match=said):
        open_collection(source)


def test_what_it_will_cost_is_known_before_anything_is_asked() -> None:
    small, large = parse_place(NANCY), parse_place(f"{NANCY},size=1024")
    assert small.expected_bytes(series=False) == pytest.approx(2 * 512**2 * 1.8, rel=0.01)
    assert large.expected_bytes(series=False) > 50 * small.expected_bytes(series=False)
    # 24 dates of four bands, on average half a block of 1.4 MB each.
    assert 80e6 < small.expected_bytes() < 110e6


@pytest.mark.parametrize(
    ("line", "wrong", "said"),
    [
        ('crs = ["EPSG:2154"]', 'crs = ["EPSG:4326"]', "'EPSG:4326' is no known CRS in metres"),
        ('bands = ["red", "green", "blue"]', 'bands = ["rot"]', "red, green, blue, nir are known"),
        ("[[-5.2, 41.3, 9.6, 51.1]]", "[[41.3, -5.2, 51.1]]", "is no extent: west, south, east"),
        ("https://data.geopf.fr/wms-r", "data.geopf.fr", "is no address, such as https://"),
        ("licence = ", "license = ", r"missing: licence; unknown: license"),
        ('scl = "scl"', "", "assets: scl must be there"),
        ('B4 = "red"', 'B04 = "red"', "assets: B04; known are B2"),
        ("[[aerial]]", "[[aerial]", "is no list of services"),
        ("{year}", "2020", "holds no {year}"),
    ],
)
def test_a_mistake_in_a_list_of_services_is_found(tmp_path, line, wrong, said) -> None:
    text = SHIPPED.read_text()
    assert line in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(line, wrong))
    with pytest.raises(SceneError, match=said) as refusal:
        read_services(path)
    assert refusal.value.where == str(path)


def test_own_services_go_before_the_shipped_ones(tmp_path) -> None:
    path = tmp_path / "my, own.toml"
    path.write_text(SHIPPED.read_text().replace("https://data.geopf.fr/wms-r", "https://my.own/"))
    assert parse_place(NANCY).aerial.address == "https://data.geopf.fr/wms-r"
    assert parse_place(f"{NANCY},services={path}").aerial.address == "https://my.own/"
