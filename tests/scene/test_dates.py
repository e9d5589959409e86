"""Files of dates as Windows, Excel, STAC and space agencies write them."""

import datetime as dt
from pathlib import Path

import pytest

from lcapp.errors import SceneError
from lcapp.scene.dates import parse_acquisitions, parse_day, read_acquisitions

PRODUCT = "S2A_MSIL2A_20170420T103411_N0001_R108_T32UNC_20190506T071043"
DAYS = (dt.date(2017, 4, 20), dt.date(2017, 5, 3))


@pytest.mark.parametrize(
    "text",
    [
        "2017-04-20",
        "2017-4-20",
        "20170420",
        "2017/04/20",
        "20/04/2017",
        "20-4-2017",
        "20.04.2017",
        "04/20/2017",
        "2017-110",
        "2017110",
        "2017-W16-4",
        '"2017-04-20"',
        "2017-04-20T10:34:11.024Z",
        "2017-04-20 10:34:11+00:00",
        "20170420T103411",
        "20/04/2017 10:34",
    ],
)
def test_a_day_is_read_in_every_usual_form(text: str) -> None:
    assert parse_day(text) == DAYS[0]


@pytest.mark.parametrize(
    "text", ["2017-W16", "2017-13-01", "30/02/2017", "20/04/17", "2017", "٢٠١٧-٠٤-٢٠", "2017-366"]
)
def test_what_names_no_day_is_refused(text: str) -> None:
    with pytest.raises(SceneError, match=r"line 2 is no date.*2021-03-14"):
        parse_acquisitions(["2017-04-20", text], Path("d.txt"))


def test_the_other_lines_of_a_file_tell_whether_the_day_comes_first() -> None:
    assert parse_acquisitions(["03/05/2017", "20/04/2017"], Path("d")).dates == DAYS[::-1]
    assert parse_acquisitions(["05/03/2017", "04/20/2017"], Path("d")).dates == DAYS[::-1]
    for lines in (["03/05/2017"], ["03/05/2017", "20/04/2017", "04/20/2017"]):
        with pytest.raises(SceneError, match=r"line 1 may be two days.*write the year first"):
            parse_acquisitions(lines, Path("d"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marks_line_ends_and_blank_lines_do_not_matter(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "d.txt"
    file.write_bytes("2017-04-20\r\n\r\n2017-05-03\r\n".encode(encoding))
    assert read_acquisitions(file).dates == DAYS
    file.write_bytes("\n2017-04-20\nmaybe\n".encode(encoding))
    with pytest.raises(SceneError, match="line 3 is no date: 'maybe'"):  # as an editor counts them
        read_acquisitions(file)


@pytest.mark.parametrize(
    "line", [PRODUCT + ".SAFE/", f"/data/{PRODUCT}.SAFE", rf"C:\data\{PRODUCT}.SAFE" + "\\"]
)
def test_a_product_is_found_at_the_end_of_a_path(line: str) -> None:
    read = parse_acquisitions([line], Path("d"))
    assert read.dates == DAYS[:1]
    assert read.named
    assert read.notes == ()


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("SENTINEL2A_20170420-105456-789_L2A_T31UDP_D_V1-4", "2A"),
        ("S2A_31TDL_20170420_0_L1C", "1C"),
        ("S2A_OPER_PRD_MSIL1C_PDMC_20170501T1_R094_V20170420T105621_20170420T105621.SAFE", "1C"),
        ("20170420T105031_20170420T105512_T31TDL", None),
    ],
)
def test_names_of_other_archives_tell_the_day_but_no_offset(line: str, level: str | None) -> None:
    read = parse_acquisitions([line], Path("d"))
    assert read.dates == DAYS[:1]
    assert not read.named
    assert bool(read.notes) == (level == "1C")


def test_products_of_level_1c_are_said() -> None:
    top = PRODUCT.replace("MSIL2A", "MSIL1C")
    (note,) = parse_acquisitions([top, top], Path("d")).notes
    assert note.startswith("The images are Level-1C products: reflectance at the top of the atm")
    (note,) = parse_acquisitions([PRODUCT, top, PRODUCT], Path("d")).notes
    assert note.startswith("1 of the 3 images are Level-1C")
