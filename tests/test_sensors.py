import datetime as dt

import pytest

from lcapp.sensors import parse_sentinel2_product


@pytest.mark.parametrize(
    ("name", "date", "offset"),
    [
        (
            "S2A_MSIL2A_20190103T104431_N0211_R008_T32UMD_20190103T115449",
            dt.date(2019, 1, 3),
            0.0,
        ),
        (
            "S2B_MSIL2A_20220126T103309_N0400_R108_T32UMD_20220126T120000.SAFE\n",
            dt.date(2022, 1, 26),
            1000.0,
        ),
        (
            # reprocessed: an old date with a new baseline, whose numbers carry the offset
            "S2A_MSIL1C_20180701T103021_N0500_R108_T32UMD_20230811T100000",
            dt.date(2018, 7, 1),
            1000.0,
        ),
    ],
)
def test_date_and_offset_of_a_product(name, date, offset):
    assert parse_sentinel2_product(name) == (date, offset)


@pytest.mark.parametrize(
    "name",
    ["", "S1A_IW_GRDH_1SDV_20190103T104431", "S2A_MSIL2A_20191303T104431_N0211_R008_T32UMD_x"],
)
def test_no_product_name(name):
    with pytest.raises(ValueError, match=r"product name|no such date"):
        parse_sentinel2_product(name)
