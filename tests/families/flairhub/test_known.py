import math
import re

import pytest

from lcapp.classes import TABLES
from lcapp.families.flairhub.known import KNOWN, known

CONFIGURATION = re.compile(r"FLAIR-HUB_((?:LC|LPIS)-[A-Z]+)_")


def configuration(one):
    return CONFIGURATION.search(one.id)[1]


@pytest.fixture(scope="module")
def paper(oracles):
    file = next((oracles.parent / "seeds").glob("001_*.txt"), None)
    if file is None:
        pytest.skip("needs the paper beside the project")
    return file.read_text(encoding="utf-8")


def row(text, table, name):
    """The cells of the first row of a table that begins with a name."""
    after = text[re.search(rf"^TABLE {table}:", text, re.M).start() :]
    line = re.search(rf"^\| {re.escape(name)} .*$", after, re.M)[0]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_ids_are_unique_and_in_the_known_form():
    ids = [one.id for one in KNOWN]
    assert len(set(ids)) == len(ids) == 18
    assert all(one.startswith("IGNF/FLAIR-HUB_") for one in ids)
    assert {one.licence for one in KNOWN} == {"etalab-2.0"}


def test_figures_are_those_of_the_papers_tables_of_modalities(paper):
    for one in KNOWN:
        if one.source is None or one.source.endswith(" IX"):
            continue
        cells = row(paper, one.source.split()[-1], configuration(one))
        *_, parameters, _epoch, accuracy, miou = cells
        assert (one.parameters, one.accuracy, one.miou) == (
            float(parameters),
            float(accuracy),
            float(miou),
        ), one.id


@pytest.mark.parametrize(
    ("ending", "encoder", "decoder"),
    [
        ("IR_swinlarge-upernet", "Swin - Large", "UPerNet"),
        ("IR_swinbase-upernet", "Swin - Base", "UPerNet"),
        ("IR_convnextv2base-upernet", "ConvNeXtV2", "UPerNet"),
        ("IR_convnextv2tiny-upernet", "ConvNextV2(t)", "UPerNet"),
        ("IR_convnextv2base-unet", "ConvNeXtV2", "UNet"),
    ],
)
def test_figures_are_those_of_the_papers_table_of_architectures(paper, ending, encoder, decoder):
    cells = row(paper, "IX", f"{encoder} | {decoder}")
    one = known(f"FLAIR-HUB_LC-A_{ending}")
    assert [one.miou, one.accuracy, one.parameters] == [
        float(cells[2]),
        float(cells[3]),
        float(cells[-2]),
    ]


def test_the_colour_models_have_no_figures_of_the_infrared_ones():
    colour = [one for one in KNOWN if "_RGB_" in one.id]
    assert len(colour) == 4
    assert all(one.miou is None and one.aerial_bands == ("red", "green", "blue") for one in colour)


def test_inputs_and_classes_are_those_in_the_files(oracles):
    for name in ("LC-A", "LC-D", "LC-G", "LPIS-I"):
        keys = (oracles / "flairhub" / f"keys_{name}.txt").read_text()
        encoders = set(re.findall(r"^model\.encoders\.([^.]+)\.", keys, re.M))
        task = re.search(r"^model\.main_decoders\.[A-Z]+_LABEL-([A-Z]+)", keys, re.M)[1]
        for one in KNOWN:
            if configuration(one) == name:
                assert set(one.inputs) == encoders, one.id
                assert TABLES[one.classes].name.startswith(task.lower()), one.id


def test_sizes_are_those_of_the_files_to_three_per_cent(oracles):
    for ending in ("LC-A_IR_swinbase-upernet", "LC-D_swinbase-upernet", "LPIS-I_swinbase-upernet"):
        name = ending.split("_")[0]
        lines = (oracles / "flairhub" / f"keys_{name}.txt").read_text().splitlines()
        size = 0
        for line in lines:
            _, shape, kind = line.split("\t")
            numbers = [int(one) for one in re.findall(r"\d+", shape)]
            size += math.prod(numbers) * (8 if kind == "int64" else 4)
        assert known("FLAIR-HUB_" + ending).megabytes == pytest.approx(size / 1e6, rel=0.03)


def test_a_file_is_known_by_its_whole_name():
    assert known("model") is None
    assert known("swinbase-upernet") is None  # the end of several ids
