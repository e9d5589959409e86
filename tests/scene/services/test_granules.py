"""What items of the public catalogues say, by the form in which they are published.

The public services were out of reach: these items are written by hand in the form of Earth Search
v1 (Collection 1 and the older one), of STAC 1.1, and of a catalogue that says little.
"""

import pytest

from lcapp.scene.services.declared import read_services
from lcapp.scene.services.protocols.granules import from_plain, granule, newest, to_plain
from lcapp.scene.services.protocols.transport import ServiceError

SERVICE = read_services().series[0]
HOST = "https://e84-earth-search-sentinel-data.s3.us-west-2.amazonaws.com"


def _item(properties: dict, asset: dict, day: str = "2021-06-22", tile: str = "MGRS-32UKV") -> dict:
    assets = {name: {"href": f"{HOST}/{name}.tif", **asset} for _, name in SERVICE.assets}
    told = {"datetime": f"{day}T10:36:22.000Z", "platform": "sentinel-2b", "grid:code": tile}
    return {"id": f"S2B_{tile}_{day}", "properties": {**told, **properties}, "assets": assets}


COLLECTION_1 = {"proj:code": "EPSG:32632", "s2:processing_baseline": "05.00"}
BANDS = {"raster:bands": [{"nodata": 0, "data_type": "uint16", "scale": 0.0001, "offset": -0.1}]}


@pytest.mark.parametrize(
    ("properties", "asset", "offset"),
    [
        (COLLECTION_1, BANDS, -0.1),
        # The older collection: its pixels have the offset taken off, whatever stands beside them.
        ({**COLLECTION_1, "earthsearch:boa_offset_applied": True}, BANDS, 0.0),
        (COLLECTION_1, {"raster:scale": 0.0001, "raster:offset": -0.1}, -0.1),  # STAC 1.1
        (COLLECTION_1, {"bands": [{"raster:scale": 0.0001, "raster:offset": -0.05}]}, -0.05),
        ({"proj:epsg": 32632, "s2:processing_baseline": "04.00"}, {}, -0.1),
        ({"proj:epsg": 32632, "s2:processing_baseline": "03.01"}, {}, 0.0),
    ],
)
def test_scale_and_offset_are_those_of_the_item(properties, asset, offset) -> None:
    found = granule(_item(properties, asset), SERVICE)
    assert (found.crs, found.day, found.tile) == ("EPSG:32632", "2021-06-22", "MGRS-32UKV")
    assert found.files["B8A"].href == f"{HOST}/nir08.tif"
    assert (found.files["B4"].scale, found.files["B4"].offset) == (0.0001, offset)
    assert from_plain(to_plain([found])) == (found,)


def test_of_a_tile_and_day_the_newest_processing_counts() -> None:
    def one(baseline: str, made: str, **other: str):
        told = {"s2:processing_baseline": baseline, "s2:generation_time": made}
        return granule(_item({**COLLECTION_1, **told}, BANDS, **other), SERVICE)

    old, new = one("05.09", "2024"), one("05.10", "2023")
    again, neighbour = one("05.10", "2023-02"), one("02.14", "2021", tile="MGRS-32UKU")
    assert newest([old, new, again, neighbour]) == (neighbour, again)


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({}, "its CRS is"),
        ({"proj:code": "EPSG:32632", "datetime": "in June"}, "cannot be used"),
        ({"proj:code": "/etc/passwd"}, "its CRS is"),
    ],
)
def test_an_item_that_says_too_little_is_named(properties, said) -> None:
    with pytest.raises(ServiceError, match=r"its item S2B_MGRS-32UKV_2021-06-22 ") as refusal:
        granule(_item(properties, BANDS), SERVICE)
    assert said in str(refusal.value)


def test_no_name_of_a_satellite_is_a_path() -> None:
    told = {**COLLECTION_1, "platform": "../../etc/sentinel-2a"}
    assert granule(_item(told, BANDS), SERVICE).satellite == "etcsentinel-2a"
