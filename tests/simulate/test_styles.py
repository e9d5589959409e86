"""Invented landscapes: what is in them, how high it is, and that they are one place on any grid."""

from functools import cache

import numpy as np
import pytest

from lcapp.simulate.land.ground.surfaces import SURFACES
from lcapp.simulate.land.landscape import Landscape, Plan
from lcapp.simulate.land.shapes import Building, Crown, Parcel, Pond, Rows
from lcapp.simulate.land.sketch.lots import divide, slices, square
from lcapp.simulate.land.styles import STYLES, SURROUNDINGS, plan

BUILDING, PERVIOUS, IMPERVIOUS, SOIL, WATER, CONIFEROUS = 1, 2, 3, 4, 5, 6
DECIDUOUS, BRUSHWOOD, VINEYARD, HERBACEOUS, AGRICULTURAL, PLOWED = 7, 8, 9, 10, 11, 12
SEEDS = (0, 1, 2, 3)
EXTENT = 204.8


@cache
def planned(style: str, seed: int) -> Plan:
    """A plan of `SEEDS`, which many tests read."""
    return plan(style, seed)


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[Landscape]]:
    """Per style, the tiles of some seeds, at 1.6 m."""
    return {
        style: [planned(style, seed).raster(0.0, 0.0, 1.6, 128, 128) for seed in SEEDS]
        for style in STYLES
    }


def shares(places: list[Landscape]) -> np.ndarray:
    """20, share of each label value."""
    labels = np.concatenate([place.labels.ravel() for place in places])
    return np.bincount(labels, minlength=20) / labels.size


def heights(places: list[Landscape], label: int) -> np.ndarray:
    return np.concatenate([place.height[place.labels == label] for place in places])


def test_five_styles_hold_all_twelve_classes(drawn: dict[str, list[Landscape]]):
    everything = shares([place for places in drawn.values() for place in places])
    assert (everything[1:13] > 0.001).all()
    assert everything[0] == 0.0


@pytest.mark.parametrize(
    ("style", "labels", "least"),
    [
        ("open fields", (AGRICULTURAL, PLOWED), 0.5),
        ("bocage", (HERBACEOUS, DECIDUOUS, BRUSHWOOD), 0.55),
        ("vineyards", (VINEYARD,), 0.25),
        ("mountain forest", (CONIFEROUS, DECIDUOUS), 0.4),
        ("suburb", (BUILDING, IMPERVIOUS), 0.2),
    ],
)
def test_a_style_has_most_of_what_it_is_named_for(
    drawn: dict[str, list[Landscape]], style: str, labels: tuple[int, ...], least: float
):
    here = {name: shares(places)[list(labels)].sum() for name, places in drawn.items()}
    assert here[style] > least
    assert max(here, key=here.__getitem__) == style


def test_vineyards_are_in_wine_country_only(drawn: dict[str, list[Landscape]]):
    assert [style for style in STYLES if shares(drawn[style])[VINEYARD] > 0] == ["vineyards"]


def test_heights_are_those_of_what_stands_there(drawn: dict[str, list[Landscape]]):
    places = [place for all_of_style in drawn.values() for place in all_of_style]
    for label, low, high in (
        (BUILDING, 2.0, 25.0),
        (CONIFEROUS, 0.5, 35.0),
        (DECIDUOUS, 0.5, 35.0),
        (AGRICULTURAL, 0.0, 3.5),
        (HERBACEOUS, 0.0, 3.5),
        (VINEYARD, 0.0, 3.5),
        # A car stands on the road and is part of it.
        (IMPERVIOUS, 0.0, 1.5),
        (WATER, 0.0, 0.0),
    ):
        there = heights(places, label)
        assert there.min() >= low, label
        assert there.max() <= high, label
    assert np.median(heights(places, IMPERVIOUS)) == 0.0
    assert np.quantile(heights(places, DECIDUOUS), 0.9) > 8.0


@pytest.mark.parametrize("style", STYLES)
def test_the_same_seed_is_the_same_place_and_another_one_is_not(style: str):
    first, again, other = planned(style, 1), plan(style, 1), planned(style, 2)
    assert first.shapes == again.shapes
    assert (first.surfaces, first.turns, first.key) == (again.surfaces, again.turns, again.key)
    assert first.shapes != other.shapes


@pytest.mark.parametrize("style", STYLES)
def test_a_coarse_grid_shows_the_place_that_a_fine_one_shows(style: str):
    here = planned(style, 3)
    coarse = here.raster(0.0, 0.0, 1.0, 64, 64)
    fine = here.raster(0.0, 0.0, 0.2, 320, 320)
    assert coarse.surfaces == fine.surfaces
    blocks = fine.index.reshape(64, 5, 64, 5).transpose(0, 2, 1, 3).reshape(64, 64, 25)
    even = (blocks == blocks[..., :1]).all(axis=-1)
    assert even.mean() > 0.2
    np.testing.assert_array_equal(coarse.index[even], blocks[even][:, 0])


def test_a_part_of_a_grid_is_the_grid_of_a_part():
    here = planned("bocage", 1)
    whole = here.raster(0.0, 0.0, 0.4, 200, 200)
    part = whole.window(slice(50, 150), slice(100, 200))
    alone = here.raster(40.0, 20.0, 0.4, 100, 100)
    np.testing.assert_allclose(part.x, alone.x, atol=1e-4)
    assert (part.labels == alone.labels).mean() > 0.999
    assert np.abs(part.height - alone.height).mean() < 0.02


def test_the_land_goes_on_as_far_as_the_satellite_sees():
    here = planned("suburb", 2)
    low, far = -SURROUNDINGS, EXTENT + SURROUNDINGS
    side = int(far - low)
    place = here.raster(low, low, 1.0, side, side)
    # Streets at all four sides of it.
    for edge in (
        place.labels[:40],
        place.labels[-40:],
        place.labels[:, :40],
        place.labels[:, -40:],
    ):
        assert (edge == IMPERVIOUS).mean() > 0.03
        assert (edge == BUILDING).mean() > 0.01


def test_far_woods_are_the_mean_of_near_ones():
    """The satellite must not see where single crowns begin."""
    here = planned("mountain forest", 2)
    tones = [shape.tone for shape in here.shapes if isinstance(shape, Crown)]
    assert np.mean(tones) == pytest.approx(1.0, abs=0.01)


def test_each_parcel_is_its_own_variant():
    here = planned("open fields", 0)
    fields = [one for one in here.surfaces.values() if one.is_field]
    assert len(fields) > 10
    usual = {(SURFACES[one.kind].shift, SURFACES[one.kind].brightness) for one in fields}
    assert len({(one.shift, one.brightness) for one in fields} - usual) > len(fields) / 2
    assert all(one.kind == name.partition("/")[0] for name, one in here.surfaces.items())


def test_rows_run_along_the_parcel():
    here = planned("vineyards", 1)
    rows = [shape for shape in here.shapes if isinstance(shape, Rows) and "vine" in shape.surface]
    assert len({round(one.turn, 2) for one in rows}) > 3
    assert all(here.turns[one.surface] == one.turn for one in rows)


def test_land_is_divided_without_gaps_or_overlaps():
    generator = np.random.default_rng(5)
    land = square(0.0, 400.0, 0.3)
    lots, cuts = divide(land, generator, 5000.0, 1.3, 0.1, 0.2)
    assert sum(lot.area for lot in lots) == pytest.approx(land.area)
    assert len(cuts) == len(lots) - 1
    x, y = 123.4, 56.7
    assert sum(lot.holds(x, y) for lot in lots) == 1
    strips = slices(lots[0], 0.7, 12.0, generator)
    assert sum(strip.area for strip in strips) == pytest.approx(lots[0].area)


def test_a_lot_loses_its_margin_on_all_sides():
    inner = square(0.0, 100.0, 0.0).inset(10.0)
    assert inner is not None
    assert inner.area == pytest.approx(80.0**2)
    assert square(0.0, 10.0, 0.0).inset(5.1) is None


def height_at(shape: Building, x: float, y: float) -> float:
    place = Plan((shape,), ("meadow",), 1).raster(x - 0.05, y - 0.05, 0.1, 1, 1)
    return float(place.height[0, 0])


def test_roofs_rise_as_their_form_says():
    gable, hip, flat = (
        Building("tiled roof", 0.0, 0.0, 12.0, 8.0, 0.0, 3.0, 0.5, form)
        for form in ("gable", "hip", "flat")
    )
    # 2 m inside the short wall, on the axis: the gable's ridge is 4 m from the long walls.
    assert height_at(gable, 4.0, 0.0) == pytest.approx(5.0)
    assert height_at(hip, 4.0, 0.0) == pytest.approx(4.0)
    assert height_at(flat, 4.0, 0.0) == pytest.approx(3.0)
    assert height_at(gable, 6.5, 0.0) == 0.0


def test_a_bend_moves_everything_together():
    """What lies on the border of two parcels stays there when lines are bent."""
    border = 50.0
    shapes = (
        Parcel("wheat", ((-500, -500), (border, -500), (border, 500), (-500, 500)), fray=0.0),
        Pond("pond", border, 50.0, 4.0, 4.0, fray=0.0),
    )
    bent = Plan(shapes, ("meadow",), 3, bend=8.0).raster(0.0, 0.0, 0.5, 200, 200)
    water = np.argwhere(bent.labels == WATER)
    assert len(water) == pytest.approx(np.pi * 16 / 0.25, rel=0.2)
    row, col = water.mean(axis=0).round().astype(int)
    edge = int((bent.labels[row - 12] == AGRICULTURAL).sum())
    assert abs(edge - col) < 5
    straight = Plan(shapes, ("meadow",), 3).raster(0.0, 0.0, 0.5, 200, 200)
    assert (straight.labels == AGRICULTURAL)[:, :92].all()
    assert (bent.labels != straight.labels).mean() > 0.005


def test_an_unknown_style_is_named():
    with pytest.raises(ValueError, match="tundra"):
        plan("tundra", 0)
