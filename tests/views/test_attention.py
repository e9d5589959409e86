"""One pixel of a scene that is neither square nor symmetric: rows are rows, columns are columns."""

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2, NO_CLASS
from lcapp.types import Explanation, Grid, LandCover, Occlusion
from lcapp.views.attention.asked import (
    asked_pixel,
    middle_of,
    pixel_under,
    telling_pixel,
    worth_of_series,
)
from lcapp.views.attention.figure import months_figure
from lcapp.views.attention.looks import (
    all_looks,
    heading,
    looks,
    looks_rows,
    looks_told,
    months_at,
    spread_over,
)
from lcapp.views.attention.panes import heated, look_panes, month_worth, still_panes
from lcapp.views.attention.worth import answer, changed_share, occlusion_told, rank_agreement
from lcapp.views.map import pixel_at, place_of
from tests.scenes import scene_of

HEIGHT, WIDTH = 48, 96
GRID = Grid("EPSG:2154", Affine(0.2, 0, 652_000, 0, -0.2, 6_862_000), HEIGHT, WIDTH)
ROW, COL = 9, 41  # in SR pixels of 1.6 m: 1, 5
MONTHS = [month for month in range(1, 13) if month != 2]


def _cover(classes: dict[tuple[int, int], tuple[int, float]]) -> LandCover:
    """Class 1 with 0.52 everywhere but where it is said."""
    chances = np.full((len(FLAIR2), HEIGHT, WIDTH), 0.04, np.float32)
    chances[1] = 0.52
    for (row, col), (index, chance) in classes.items():
        chances[:, row, col] = (1 - chance) / (len(FLAIR2) - 1)
        chances[index, row, col] = chance
    return LandCover(chances, FLAIR2, GRID)


@pytest.fixture
def cover() -> LandCover:
    """At the asked pixel class 6, at the exchanged one class 3."""
    return _cover({(ROW, COL): (6, 0.88), (COL, ROW): (3, 0.76)})


@pytest.fixture
def explanation() -> Explanation:
    """Two heads: the first looks at SR pixel (4, 1), the second at the asked pixel's own, (1, 5).

    Without the series the asked pixel would be class 2. Month m weighs m at the asked pixel.
    """
    keys = np.zeros((2, 6, 12, 4), np.float32)
    keys[0, 4, 1, 0] = keys[1, 1, 5, 0] = 60
    queries = np.zeros((2, 6, 12, 4), np.float32)
    queries[:, ROW >> 3, COL >> 3, 0] = 1
    weights = np.full((12, 6, 12), 1 / 11, np.float32)
    weights[:, 1, 5] = np.arange(1, 13) / 76  # without February: sum 76
    weights[1] = 0
    coarse = np.full((12, 3, 6), 1 / 11, np.float32)
    coarse[:, 0, 2] = np.array([*MONTHS[:1], 0, *MONTHS[1:]])[::-1] / 76
    coarse[1] = 0
    other = {3: queries, 4: np.zeros((2, 3, 6, 4), np.float32)}
    return Explanation(
        (weights, coarse),
        (),
        (),
        _cover({(ROW, COL): (2, 0.64)}),
        other,
        {3: keys, 4: np.zeros((2, 3, 6, 4), np.float32)},
    )


@pytest.fixture
def occlusion(cover: LandCover) -> Occlusion:
    """June is worth 30 points at the asked pixel and decides; the others m tenths of a point."""
    change = np.zeros((12, HEIGHT, WIDTH), np.float32)
    change[:, ROW, COL] = -np.arange(1, 13) / 1000
    change[5, ROW, COL] = -0.3
    change[1] = np.nan
    maps = np.repeat(cover.class_map[None], 12, 0)
    maps[5, ROW, COL] = 2
    maps[1] = NO_CLASS
    return Occlusion(change, maps)


def test_a_place_right_and_down_is_a_column_and_a_row() -> None:
    assert pixel_under(GRID, right=8.3, down=1.9) == (ROW, COL)
    assert middle_of(GRID, ROW, COL) == pytest.approx((8.3, 1.9))
    assert pixel_under(GRID, right=19.1, down=9.5) == (47, 95)
    assert pixel_under(GRID, right=9.5, down=19.1) is None
    assert pixel_under(GRID, right=-0.1, down=0) is None


@pytest.mark.parametrize("at", [(ROW, COL), (0, 95), (47, 0), (47, 95)])
def test_an_address_finds_its_pixel_again(
    at: tuple[int, int], cover: LandCover, explanation: Explanation
) -> None:
    place = place_of(GRID, *at)
    assert pixel_at(GRID, *place) == at
    assert asked_pixel(cover, explanation, place) == at


def test_a_place_elsewhere_gives_the_pixel_that_hangs_most_on_the_series(
    cover: LandCover, explanation: Explanation
) -> None:
    assert asked_pixel(cover, explanation, (0.0, 10.0)) == (ROW, COL)
    assert worth_of_series(cover, explanation)[ROW, COL] == pytest.approx(0.88 - 0.03)
    assert telling_pixel(explanation.without_series, explanation) == (24, 48)


def test_each_head_looks_where_its_key_is(explanation: Explanation) -> None:
    mean, first, second = looks(explanation, ROW, COL, 3)
    assert np.unravel_index(first.weights.argmax(), (6, 12)) == (4, 1)
    assert np.unravel_index(second.weights.argmax(), (6, 12)) == (1, 5)
    assert first.peak == pytest.approx(1, abs=1e-4)
    # Middles: SR pixel (4, 1) at 2.4, 7.2 m; the asked pixel at 8.3, 1.9 m.
    assert (first.peak_right, first.peak_down) == pytest.approx((2.4 - 8.3, 7.2 - 1.9))
    assert first.half == pytest.approx(np.hypot(5.9, 5.3))
    assert second.half == pytest.approx(np.hypot(0.5, 0.5))
    assert mean.weights.sum() == pytest.approx(1)
    assert mean.peak == pytest.approx(0.5, abs=1e-4)
    assert (mean.name, second.name) == ("mean of 2 heads", "head 2 of 2")
    elsewhere = looks(explanation, COL, ROW, 3)[1]  # that pixel asks nothing: all alike
    assert elsewhere.peak == pytest.approx(1 / 72)


def test_the_table_says_how_far_and_where_to(explanation: Explanation) -> None:
    rows = looks_rows(all_looks(explanation, ROW, COL), GRID)
    assert [one["stage"] for one in rows] == ["3 (1.6 m)"] * 3 + ["4 (3.2 m)"] * 3
    assert rows[1]["which lies"] == "8 m SW"
    assert rows[2]["which lies"] == "here"
    assert rows[1]["half of it within"] == "7.9 m"
    assert heading(0, -12) == "12 m N"
    assert heading(30, 30) == "42 m SE"


def test_a_look_is_told_in_words(explanation: Explanation) -> None:
    told = looks_told(looks(explanation, ROW, COL, 3)[1:])
    assert told.startswith(
        "Stage 3, head 1 of 2: half of the attention within 7.9 m, most (100%) in one pixel 8 m SW;"
    )


def test_weights_of_a_level_lie_around_its_middles() -> None:
    coarse = np.array([[1, 2, 3], [4, 5, 6]], np.float32)  # of level 1, at SR pixels 0, 2, 4
    sr = Grid(GRID.crs, Affine(1.6, 0, 0, 0, -1.6, 0), 3, 5)
    assert spread_over(coarse, 1, sr).tolist() == [
        [1, 2, 2, 3, 3],
        [4, 5, 5, 6, 6],
        [4, 5, 5, 6, 6],
    ]


def test_the_months_weigh_as_they_do_at_that_pixel(explanation: Explanation) -> None:
    fine, coarse = months_at(explanation, ROW, COL)
    np.testing.assert_allclose(fine, np.array([1, 0, *range(3, 13)]) / 76, atol=1e-6)
    assert coarse[11] == pytest.approx(1 / 76)
    # Level 1 has its middles at SR pixels 0, 2, 4; the asked pixel lies at 0.7, 4.7 of them.
    np.testing.assert_allclose(months_at(explanation, COL, ROW)[0][2:], 1 / 11, atol=1e-6)


def test_ranks_are_compared_over_present_months() -> None:
    weights = np.array([1, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], np.float32)
    change = -weights / 100
    change[1] = np.nan
    assert rank_agreement(weights, change) == pytest.approx(1)
    assert rank_agreement(-weights, change) == pytest.approx(-1)
    # Ranks 1, 2.5, 2.5 and 1, 2, 3: 1.5 / sqrt(1.5 * 2)
    three = np.array([1, 2, 2], np.float32), np.array([0.1, 0.2, 0.3], np.float32)
    assert rank_agreement(*three) == pytest.approx(0.866, abs=1e-3)
    assert rank_agreement(np.ones(12, np.float32), change) is None
    assert rank_agreement(weights[:2], change[:2]) is None


def test_the_answer_names_both_classes(cover: LandCover, explanation: Explanation) -> None:
    said = answer(cover, explanation, ROW, COL)
    assert said == (
        f"Row 9, column 41: {FLAIR2.names[6]}, 88%. "
        f"Without the series {FLAIR2.names[2]}, 64% ({FLAIR2.names[6]} 3%)."
    )
    assert answer(cover, explanation, 0, 0).endswith("Without the series the same, 52%.")
    assert changed_share(cover, explanation) == pytest.approx(2 / (HEIGHT * WIDTH))


def test_occlusion_names_the_month_that_decides(
    cover: LandCover, explanation: Explanation, occlusion: Occlusion
) -> None:
    weights = months_at(explanation, ROW, COL)[0]
    said = occlusion_told(occlusion, weights, cover, ROW, COL)
    assert said.startswith(
        f"June moves most here: without it the probability of {FLAIR2.names[6]} falls by 30.0 "
        f"points. Another class without June ({FLAIR2.names[2]}). The weights rank the months alike"
    )
    assert "No month decides." in occlusion_told(occlusion, weights, cover, 0, 0)


def test_the_figure_has_the_levels_and_beneath_them_the_months_left_out(
    cover: LandCover, explanation: Explanation, occlusion: Occlusion
) -> None:
    weights = months_at(explanation, ROW, COL)
    lines = months_figure(weights, 6, 1.6).data
    assert [one.name for one in lines] == ["level 0, 1.6 m", "level 1, 3.2 m"]
    assert np.isnan(lines[0].y[1])
    assert lines[0].y[11] == pytest.approx(12 / 76)
    *_, bars = months_figure(weights, 6, 1.6, occlusion, (cover, ROW, COL)).data
    assert bars.y[5] == pytest.approx(-30)
    assert bars.text[5] == f"→ {FLAIR2.names[2]}"
    assert not any(bars.text[:5])


def test_panes_hold_what_is_said_of_them(
    cover: LandCover, explanation: Explanation, occlusion: Occlusion, wide_sr, wide_aerial
) -> None:
    found = look_panes(looks(explanation, ROW, COL, 3)[1:], wide_sr, 7)
    assert [one.id for one in found] == ["month", "head-1", "head-2"]
    assert found[1].title == "Stage 3, head 1 of 2"
    assert found[1].values is not None
    assert found[1].values.numbers[0, 4, 1] == pytest.approx(100, abs=0.1)
    assert found[1].rgba[4, 1, :3].sum() > found[1].rgba[1, 4, :3].sum()  # glows there
    (absent,) = look_panes(looks(explanation, ROW, COL, 3)[:1], wide_sr, 2)
    assert "(February is absent)" in absent.note
    still = {one.id: one for one in still_panes(scene_of("s", wide_aerial), cover, explanation)}
    assert list(still) == ["aerial", "map", "without", "worth"]
    assert still["worth"].values is not None
    assert still["worth"].values.numbers[0, ROW, COL] == pytest.approx(85)
    assert still["map"].values is not None
    assert still["map"].values.numbers[0, ROW, COL] == 6
    june = month_worth(occlusion, cover, 6)
    assert june is not None
    assert june.values is not None
    assert june.values.numbers[0, ROW, COL] == pytest.approx(30)
    assert june.rgba[ROW, COL, 0] > june.rgba[ROW, COL, 2]  # orange: it speaks for the class
    assert month_worth(occlusion, cover, 2) is None


def test_no_attention_leaves_the_ground_dimmed_and_the_most_covers_it() -> None:
    ground = np.full((1, 2, 4), 200, np.uint8)
    none, most = heated(ground, np.array([[0.0, 1.0]]))[0]
    assert none[:3].tolist() == [160, 160, 160]
    assert most[0] > 240
    assert most[2] < 180


@pytest.fixture
def wide_aerial():
    """The image of that scene."""
    from lcapp.types import Image

    return Image(np.full((4, HEIGHT, WIDTH), 90, np.uint8), ("red", "green", "blue", "nir"), GRID)


@pytest.fixture
def wide_sr(sr):
    """The months of that scene: 6 x 12 pixels of 1.6 m."""
    from dataclasses import replace

    reflectance = np.broadcast_to(sr.reflectance[..., :1, :1], (12, 4, 6, 12))
    return replace(sr, reflectance=reflectance, sr_grid=GRID.coarser())
