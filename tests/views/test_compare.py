"""Two runs in words, panes, figures and tables, on maps that can be worked out by hand."""

import html
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcapp.classes import COSIA, FLAIR2, LPIS1, NO_CLASS, ClassTable
from lcapp.evaluate.areas import class_areas
from lcapp.evaluate.differing import differing
from lcapp.sensors import AERIAL
from lcapp.types import (
    Card,
    Explanation,
    Grid,
    Image,
    LandCover,
    Prediction,
    Reference,
    Run,
    RunRecord,
    Scene,
    SuperResolved,
)
from lcapp.types.differing import A_RIGHT, B_RIGHT, NEITHER, Differing
from lcapp.views.compare.figure import confusion_figure, iou_figure
from lcapp.views.compare.panes import (
    COLOURS,
    arranged_at_first,
    deeper_panes,
    differing_panes,
    side_panes,
)
from lcapp.views.compare.side import WITHOUT_SERIES, Side, map_told, maps_of, titles
from lcapp.views.compare.table import areas_csv, areas_html, rows, rows_csv, rows_html
from lcapp.views.compare.words import answer, coarser_told, exchanges_told, no_common_classes
from tests.views.conftest import ABSENT

WATER, CONIFER, OTHER = 4, 5, 12


def sure(ids: np.ndarray, grid: Grid, table: ClassTable = FLAIR2) -> LandCover:
    """A map of these classes, each with probability 1."""
    chances = (np.arange(len(table))[:, None, None] == ids).astype(np.float32)
    chances[:, ids == NO_CLASS] = np.nan
    return LandCover(chances, table, grid)


def card(name: str = "demo", **changed: Any) -> Card:
    given: dict[str, Any] = {
        "name": name,
        "family": "tsrdiff",
        "variant": "demo",
        "hash": "0123456789abcdef",
        "maps": (("landcover", FLAIR2),),
        "reads": (AERIAL,),
        "uses": (),
        "options": ("sampler", "steps", "seed", "guide"),
        "schedule": 500,
        "window": None,
        "value_ranges": (),
        "trained": True,
        "licence": "none",
        "provenance": "",
        "figures": {},
        "path": Path("nowhere"),
    }
    return Card(**{**given, **changed})


def made(cover: LandCover, run: Run | None = None, of: Card | None = None) -> Prediction:
    times = {"total": 1.25}
    record = RunRecord(
        *("s", "tests", True, of or card(), run or Run(device="cpu"), times, 912.4, 11, ())
    )
    return Prediction({"landcover": cover}, record)


def side(letter: str, prediction: Prediction, map_: str = "landcover", month: int = 7) -> Side:
    return Side(letter, prediction, map_, month, 4_630_000)


@pytest.fixture
def maps(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A is water alone; B conifers in the 4 x 6 pixels of the lower right, of which the reference
    has half, its other half other water, and one column of the land is "other"."""
    a = np.full((16, 24), WATER, np.uint8)
    b, labels = a.copy(), a.copy()
    b[12:, 18:] = CONIFER
    labels[12:, 18:21] = CONIFER
    labels[12:, 23] = OTHER
    labels[12:, 22] = 0
    return a, b, labels


@pytest.fixture
def found(grid: Grid, maps: tuple[np.ndarray, ...]) -> Differing:
    a, b, labels = maps
    told = differing(sure(a, grid), sure(b, grid), {"flair2": Reference(labels, FLAIR2)})
    assert told is not None
    return told


def test_one_sentence_says_where_how_much_and_which_is_right(found: Differing) -> None:
    said = answer(found)
    # 24 of 384 pixels of 0.04 m2: 12 are conifers, 4 water, 4 neither, 4 do not count.
    assert said.startswith("A and B differ on 6.2% of this place (1 m²), most in the south-east")
    assert "agrees with A on 17%, with B on 50% and with neither on 17%" in said
    assert "says nothing of 17%" in said
    # Water, conifers, and class 0 that only the reference has, on the 380 pixels that count.
    miou = f"A {(364 / 380 + 0 + 0) / 3:.1%}, B {(360 / 364 + 12 / 20 + 0) / 3:.1%}"
    assert said.endswith(f": B is right more often (mIoU: {miou}).")
    assert exchanges_told(found) == ("Most often (A ↔ B): water ↔ coniferous on 6.2% of the place.")


def test_the_mean_over_classes_may_say_otherwise(grid: Grid) -> None:
    labels = np.full((16, 24), WATER, np.uint8)
    labels[0, :2] = CONIFER
    a = np.full((16, 24), WATER, np.uint8)  # misses the rare class
    b = a.copy()
    b[0, :8] = CONIFER  # finds it, and calls more pixels so
    told = differing(sure(a, grid), sure(b, grid), {"flair2": Reference(labels, FLAIR2)})
    assert told is not None
    assert told.verdict_share(A_RIGHT) > told.verdict_share(B_RIGHT)
    assert "A is right more often, yet B is ahead by mIoU" in answer(told)


def test_equal_maps_and_places_that_nobody_knows(grid: Grid, maps: tuple[np.ndarray, ...]) -> None:
    a, b, labels = maps
    reference = {"flair2": Reference(labels, FLAIR2)}
    same = differing(sure(a, grid), sure(a, grid), reference)
    assert same is not None
    right = (labels == WATER).sum() / (labels != OTHER).sum()
    assert answer(same) == (
        "A and B give every pixel the same class; the reference has that class on "
        f"{right:.1%} of them."
    )
    assert exchanges_told(same) == ""
    unknown = differing(sure(a, grid), sure(b, grid), {})
    assert unknown is not None
    assert answer(unknown).endswith(
        "Nobody knows which is right: this place has no reference in these classes."
    )
    only_other = {"flair2": Reference(np.full_like(labels, OTHER), FLAIR2)}
    told = differing(sure(a, grid), sure(b, grid), only_other)
    assert told is not None
    assert "The reference says nothing of these pixels" in answer(told)
    nothing = np.full_like(a, NO_CLASS)
    empty = differing(sure(nothing, grid), sure(b, grid), reference)
    assert empty is not None
    assert "there is nothing to compare" in answer(empty)


def test_tables_without_classes_in_common_are_said_to_be_so() -> None:
    said = no_common_classes(FLAIR2, LPIS1)
    assert "A tells FLAIR #2 (13 classes) and B LPIS, level 1 (23 classes)" in said
    assert "cannot be compared class by class" in said
    assert coarser_told(FLAIR2, FLAIR2, FLAIR2) == ""
    told = coarser_told(COSIA, FLAIR2, FLAIR2)
    assert told == "Compared in the 13 classes of FLAIR #2, which hold those of COSIA."
    assert coarser_told(FLAIR2, COSIA, FLAIR2) == told


def test_a_title_names_what_the_two_do_not_share(grid: Grid, maps: tuple[np.ndarray, ...]) -> None:
    cover = sure(maps[0], grid)
    one = side("A", made(cover, Run(seed=3)))
    assert titles([one, side("B", made(cover, Run(seed=4, guide=0.0)))]) == (
        "A: seed 3, say of the aerial image 1",
        "B: seed 4, say of the aerial image 0",
    )
    other = side("B", made(cover, of=card("plain", options=())))
    assert titles([one, other]) == ("A: demo", "B: plain")
    assert titles([one, side("B", one.prediction)]) == ("A", "B")
    assert titles([one]) == ("A: demo",)


def test_the_map_without_the_series_is_one_of_the_maps(
    grid: Grid, maps: tuple[np.ndarray, ...]
) -> None:
    a, b, _ = maps
    bare = made(sure(a, grid))
    assert maps_of(bare) == ("landcover",)
    weights = (np.ones((12, 2, 3), np.float32),)
    told = Explanation(weights, (), (), sure(b, grid), {}, {})
    both = replace(bare, explanation=told)
    assert maps_of(both) == ("landcover", WITHOUT_SERIES)
    assert side("B", both, WITHOUT_SERIES).cover is told.without_series
    assert "never trained so" in map_told(WITHOUT_SERIES)
    assert titles([side("A", both), side("B", both, WITHOUT_SERIES)])[0] == "A: Land cover"
    # Of a network that reads no series it is the map itself.
    assert maps_of(replace(bare, explanation=replace(told, temporal_weights=()))) == ("landcover",)


def test_the_panes_show_the_maps_and_who_is_right_where(
    grid: Grid, aerial: Image, maps: tuple[np.ndarray, ...], found: Differing
) -> None:
    a, b, _ = maps
    scene = Scene("s", "tests", grid, {AERIAL: aerial})
    sides = (side("A", made(sure(a, grid))), side("B", made(sure(b, grid), Run(seed=1))))
    panes = {one.id: one for one in (*differing_panes(scene, found), *side_panes(scene, sides))}
    assert list(panes) == ["differ", "reference", "a", "b", "aerial"]
    colour = {one: tuple(bytes.fromhex(COLOURS[one][1:])) for one in COLOURS}
    differ = panes["differ"].rgba[..., :3]
    assert tuple(differ[13, 19]) == colour[B_RIGHT]
    assert tuple(differ[13, 21]) == colour[A_RIGHT]
    assert tuple(differ[13, 22]) == colour[NEITHER]
    red, green, blue = differ[5, 5]
    assert red == green == blue > 170
    values = panes["differ"].values
    assert values is not None
    assert values.classes[int(values.numbers[0, 13, 19])] == "B is right"
    assert "orange: B is right (50%)" in panes["differ"].note
    of_b = panes["b"].values
    assert of_b is not None
    assert of_b.classes[int(of_b.numbers[0, 13, 19])] == "coniferous"
    assert of_b.numbers[1, 13, 19] == 1
    first = arranged_at_first(list(panes.values()))
    assert (first.first, first.second) == ("a", "b")
    assert set(first.hidden) == {"reference", "aerial"}


def test_months_and_certainty_lie_behind(
    grid: Grid, sr: SuperResolved, maps: tuple[np.ndarray, ...]
) -> None:
    with_series = replace(made(sure(maps[0], grid)), super_resolved=sr)
    bare = side("B", made(sure(maps[1], grid)))
    panes = deeper_panes([side("A", with_series, month=4), bare], "true colour")
    assert [one.id for one in panes] == ["a-sure", "b-sure", "a-month"]
    assert panes[2].title == "A: April, super-resolved"
    absent = deeper_panes([side("A", with_series, month=ABSENT), bare], "true colour")
    assert "a-month" not in [one.id for one in absent]


def test_a_confusion_matrix_shows_shares_of_its_rows(found: Differing) -> None:
    figure = confusion_figure(found.matrix, FLAIR2, "A", "B")
    (heat,) = figure.data
    assert list(heat.x) == ["water", "coniferous"]
    np.testing.assert_allclose(heat.z, [[360 / 384, 24 / 384], [0, 0]])
    assert sorted(one.text for one in figure.layout.annotations) == ["6", "94"]


def test_iou_bars_have_the_largest_difference_on_top(found: Differing) -> None:
    assert found.judged is not None
    b, a = iou_figure(found.judged, ("A", "B")).data
    assert (a.name, b.name) == ("A", "B")
    assert a.y[-1] == "coniferous"
    assert dict(zip(a.y, a.x, strict=True))["coniferous"] == 0
    assert dict(zip(b.y, b.x, strict=True))["coniferous"] == pytest.approx(
        found.judged[1].iou[CONIFER]
    )
    assert "snow" not in a.y  # not of this table
    assert "vineyard" not in a.y  # on no map, in no reference


def test_what_differs_between_the_settings_carries_a_sign(
    grid: Grid, maps: tuple[np.ndarray, ...], found: Differing
) -> None:
    a, b, _ = maps
    sides = (side("A", made(sure(a, grid))), side("B", made(sure(b, grid), Run(seed=1))))
    assert found.judged is not None
    told = {one.name: one for one in rows(sides, found.judged)}
    assert told["Seed"].cells == ("0", "1")
    assert {name for name, one in told.items() if one.differs and one.setting} == {"Seed", "Device"}
    assert told["Parameters"].cells == ("4.63 M", "4.63 M")
    assert told["Time"].cells == ("1.25 s", "1.25 s")
    assert told["Peak memory"].cells == ("912 MB", "912 MB")
    assert told["mIoU"].cells[1] == f"{found.judged[1].miou:.1%}"
    assert "LR consistency" not in told  # neither has a series
    drawn = rows_html(list(told.values()), "AB")
    assert drawn.count("≠</td>") == 2
    assert '"Seed","0","1","yes"' in rows_csv(list(told.values()), "AB")


def test_texts_of_others_are_no_markup(grid: Grid, maps: tuple[np.ndarray, ...]) -> None:
    evil = "<img src=x>"
    (one,) = (side("A", made(sure(maps[0], grid), of=card(evil))),)
    drawn = rows_html(rows([one]), "A")
    assert evil not in drawn
    assert html.escape(evil) in drawn


def test_areas_stand_side_by_side(grid: Grid, maps: tuple[np.ndarray, ...]) -> None:
    areas = [class_areas(sure(one, grid)) for one in maps[:2]]
    drawn = areas_html(areas, FLAIR2, "AB")
    assert drawn.index("water") < drawn.index("coniferous")
    assert "vineyard" not in drawn
    assert "<td>93.8%</td><td>14</td><td>−1</td>" in drawn
    written = areas_csv(areas, FLAIR2, "AB").splitlines()
    assert written[0] == '"class","A share","A m2","B share","B m2"'
    assert written[1 + WATER] == '"water","1.0000","15.3600","0.9375","14.4000"'
    assert len(written) == 1 + len(FLAIR2)
