"""The report of one page."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lcapp.types import ClassArea, GroupArea
from lcapp.views.explore.report import DPI, Report, over, page, pdf, png
from lcapp.views.legend import LegendRow

SEALED = GroupArea("sealed", 1.0, 100.0, 0.8, 0.9, (ClassArea("building", 1.0, 100.0),))


@pytest.fixture
def report() -> Report:
    """All of it one class, #db0e9a."""
    picture = np.full((64, 32, 4), (219, 14, 154, 255), np.uint8)
    return Report(
        *("A place", "somewhere", "All of it is sealed.", "Simulated."),
        (SEALED,),
        (
            LegendRow(0, "#db0e9a", "building", 1.0, 100.0),
            LegendRow(4, "#1553ae", "water", 0.0, 0.0),
        ),
        picture,
        6.4,
        (("Aerial image", picture),),
        ("demo, seed 0",),
        ("A note of many words " * 12,),
        ("Nobody",),
    )


def share(sheet: Image.Image, colour: tuple[int, int, int]) -> float:
    return float((np.asarray(sheet) == colour).all(-1).mean())


def test_the_page_is_a4_and_shows_the_map_in_its_colours(report: Report) -> None:
    sheet = page(report)
    assert sheet.size == (round(210 / 25.4 * DPI), round(297 / 25.4 * DPI))
    assert share(sheet, (219, 14, 154)) > 340 * 679 / (1240 * 1754)  # and the legend
    assert share(sheet, (21, 83, 174)) == 0  # a class that does not occur
    assert share(sheet, (213, 94, 0)) > 0.003  # the ring of the groups
    bare = replace(report, groups=(), rows=(), pictures=(), notes=(), warning="")
    assert share(page(bare), (213, 94, 0)) == 0


def test_long_notes_stay_on_the_page(report: Report) -> None:
    edge = np.asarray(page(report))[:, -60:]
    assert (edge == 255).all()


def test_it_comes_as_png_and_as_pdf(report: Report) -> None:
    assert Image.open(io.BytesIO(png(report))).size == (1240, 1754)
    made = pdf(report)
    assert made.startswith(b"%PDF")
    assert b"/MediaBox [ 0 0 595.2 841.92 ]" in made  # points: A4


def test_classes_lie_over_the_image_at_their_opacity_and_clear_ones_show_it() -> None:
    below = np.full((1, 2, 4), (100, 100, 100, 255), np.uint8)
    top = np.array([[[200, 0, 0, 255], [200, 0, 0, 0]]], np.uint8)
    assert over(top, below, 0.7)[0].tolist() == [[170, 30, 30, 255], [100, 100, 100, 255]]
    assert over(top, None, 1.0)[0, 1].tolist() == [255, 255, 255, 255]
