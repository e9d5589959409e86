"""The pictures, curves and words of the page Learn, from values that can be worked out by hand."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest
from affine import Affine

from lcapp.classes import FLAIR2
from lcapp.prepare import Scaling
from lcapp.types import Explanation, Grid, LandCover, Scene
from lcapp.types.watched import Forward, Path, Snapshot, Toy
from lcapp.views.attention.fused import fused
from lcapp.views.inspector import series_figure
from lcapp.views.learn import lessons
from lcapp.views.learn.drawing import Curves, Line, curves_svg, place_of
from lcapp.views.learn.handout import Part, handout
from lcapp.views.learn.looks import (
    fused_pictures,
    gaze,
    live_stages,
    packed_gaze,
    still_gaze,
)
from lcapp.views.learn.noising import (
    DETAIL,
    WHOLE,
    Walk,
    apart,
    clean,
    denoising_slides,
    meeting,
    noising_slides,
)
from lcapp.views.learn.sensors import (
    coarsened,
    detail_left,
    gap_slides,
    sensors_of,
    year_slides,
)
from lcapp.views.learn.slides import (
    Chart,
    Cloud,
    Pictures,
    Slides,
    nearest_stop,
    note_at,
    packed,
)
from lcapp.views.learn.toy import learning_slides, path_slides, steps_curves, steps_of, ways_of
from lcapp.views.months import Year
from tests.scenes import scene_of
from tests.views.conftest import ABSENT

BANDS = ("B4", "B3", "B2", "B8")
SCALINGS = (*[Scaling(0, 0.3)] * 3, Scaling(0, 0.6))


@pytest.fixture
def scene(aerial) -> Scene:
    return scene_of("s", aerial)


def codes(told: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(told["codes"]), "<u2").reshape(*told["size"], 2)


# -- slides and drawing --


def test_all_stops_go_to_the_page_at_once_and_others_have_another_number() -> None:
    pictures = tuple(np.full((2, 3, 4), level, np.uint8) for level in (10, 200))
    slides = Slides("k", ("k = 0", "k = 9"), (Pictures("x", pictures, ("a", "b")),))
    told = packed(slides)
    assert told["stops"] == ["k = 0", "k = 9"]
    (panel,) = told["panels"]
    assert len(panel["images"]) == 2
    assert panel["shape"] == 1.5
    assert packed(slides)["shown"] == told["shown"]
    assert packed(replace(slides))["shown"] != told["shown"]


def test_a_cloud_is_packed_with_up_up_and_the_middle_in_the_middle() -> None:
    places = np.array([[[0, 0], [2.1, -2.1]]], np.float32)
    (panel,) = packed(Slides("", ("",), (Cloud("", places, (0,), places[0]),)))["panels"]
    assert codes(panel["places"]).tolist() == [[[30_000, 30_000], [60_000, 0]]]


def test_a_stop_is_found_again_and_notes_stay_where_there_is_one() -> None:
    assert nearest_stop((0, 20, 40), 33, 1) == 2
    assert nearest_stop((0, 20, 40), None, 1) == 1
    one = Pictures("", (np.zeros((1, 1, 4), np.uint8),), ("stays",))
    assert note_at(one, 7) == "stays"
    assert note_at(replace(one, notes=()), 7) == ""


def test_curves_have_gaps_where_nothing_is_known_and_the_cursor_where_it_is_put() -> None:
    line = Line("a < b", (0, 1, 2, 3), (0.5, np.nan, 0.5, 1.0))
    curves = Curves((line,), "x", (0, 3), ((0, "0"),), (0, 1), ((0, "0"),))
    svg = curves_svg(curves, at=2)
    (path,) = re.findall(r"<path d='(M[^']+)' stroke='#1f77c8' stroke-width='3'", svg)[1:]
    assert path.count("M") == 2  # one stroke before the gap, one behind it
    assert "a &lt; b" in svg
    assert f"translate({place_of(curves, 2)} 0)" in svg
    assert place_of(curves, 3) > place_of(curves, 2) > place_of(curves, 0)


# -- steps 1 and 2 --


def test_wider_pixels_are_means_also_where_the_image_ends() -> None:
    rgba = np.full((3, 5, 4), 255, np.uint8)
    rgba[..., :3] = np.arange(15).reshape(3, 5, 1) * 10
    found = coarsened(rgba, 2)
    assert found.shape == (2, 3, 4)
    assert found[0, 0, 0] == np.mean([0, 10, 50, 60])
    assert found[1, 2, 0] == 140  # the last one alone
    assert detail_left(rgba, 1) == pytest.approx(1)
    # Two values in one block: nothing of their contrast is left.
    pair = np.full((1, 2, 4), 255, np.uint8)
    pair[0, 0, :3] = 0
    assert detail_left(pair, 2) == 0
    assert detail_left(pair.repeat(2, axis=1), 2) == pytest.approx(1)


def test_the_facts_are_those_of_the_scene(scene, sr) -> None:
    facts = sensors_of(scene, sr)
    assert facts.in_one == 2500
    assert facts.guessed == 39
    assert (facts.dates, facts.months) == (22, 11)
    assert "2,500" in lessons.two_sensors(facts).answer
    assert "**39**" in lessons.the_gap(facts).text


def test_the_year_stands_beside_the_day_and_says_why_a_month_is_absent(scene, sr, cover) -> None:
    year = Year(sr.months, sr.monthly, sr.bands)
    slides = year_slides(scene, year, sr, cover)
    day, months, green = slides.panels
    assert len(slides.stops) == len(months.images) == 12
    assert len(day.images) == 1
    assert "12 July" not in day.notes[0]
    assert "1 July 2021" in day.notes[0]
    assert "cloudy: <all> of 3" in months.notes[ABSENT - 1]
    assert months.notes[0] == "15 January 2021, the mean of 2 of 4 dates"
    # NDVI of the class that covers the place: (0.3 - 0.1) / 0.4.
    assert [one.name for one in green.curves.lines] == [FLAIR2.names[2]]
    assert green.curves.lines[0].y[0] == pytest.approx(0.5, abs=1e-6)
    assert np.isnan(green.curves.lines[0].y[ABSENT - 1])


def test_the_gap_goes_no_further_than_the_image(scene, sr) -> None:
    slides = gap_slides(scene, sr, 7)
    assert slides.stops == ("0.2 m", "0.4 m", "0.8 m", "1.6 m")  # of 16 pixels
    wider, measured, *_ = slides.panels
    assert [one.shape[:2] for one in wider.images] == [(16, 24), (8, 12), (4, 6), (2, 3)]
    assert wider.notes[3].startswith("3 × 2 pixels")
    assert measured.images[0].shape[0] >= 1


# -- steps 3 and 4, a month --


def test_what_is_put_into_noise_is_the_month_or_its_detail(sr) -> None:
    month, detail = (clean(sr, 7, SCALINGS, what)[:, 0, 0] for what in (WHOLE, DETAIL))
    # Red 0.1 of 0..0.3 is -1/3; NIR 0.4 of 0..0.6 is 1/3, of which 1/3 is beyond bicubic's 0.3.
    assert month == pytest.approx([-1 / 3, 0.08 / 0.15 - 1, 0.06 / 0.15 - 1, 1 / 3], abs=1e-6)
    assert detail == pytest.approx([0, 0, 0, 2 / 3], abs=1e-6)


def test_the_terms_of_x_k_and_where_they_are_alike() -> None:
    shares = np.sqrt(np.array([0.9, 0.6, 0.4, 0.1], np.float32))
    images = np.zeros((2, 4, 2, 2), np.float32)
    found = Forward((0, 3), images, images, images, shares, np.sqrt(1 - shares**2))
    assert meeting(found) == 2
    slides = noising_slides(found, BANDS, SCALINGS, WHOLE)
    assert slides.stops == ("k = 0", "k = 3")
    assert slides.panels[0].notes == ("0.95 × the month", "0.32 × the month")
    detail = noising_slides(found, BANDS, SCALINGS, DETAIL)
    assert detail.panels[0].notes[0] == "0.95 × the detail"
    assert slides.panels[2].notes[1] == "power: 10% signal, 90% noise"
    assert slides.panels[3].at == (0, 3)
    assert "**k = 2**" in lessons.into_noise(2, 500, detail=False).answer
    assert "499" in lessons.into_noise(2, 500, detail=False).text


def _walk(seed: int, *levels: float) -> Walk:
    images = [np.full((4, 2, 2), level, np.float32) for level in levels]
    return Walk(seed, tuple((9 - at, images[0], one) for at, one in enumerate(images)))


def test_two_seeds_are_held_against_each_other_and_against_their_ends() -> None:
    first, second = _walk(0, 0.1, 0.12, 0.14), _walk(5, 0.1, 0.13, 0.18)
    assert apart(first, second) == pytest.approx((0, 0.01, 0.04))
    slides = denoising_slides(first, second, BANDS)
    assert slides.stops == (
        "step 1 of 3, k = 9",
        "step 2 of 3, k = 8",
        "step 3 of 3, k = 7",
        "the end",
    )
    noisy, known, other_noisy, other, differ, far = slides.panels
    assert [one.title for one in (noisy, other_noisy)] == [
        "Seed 0: with the noise of xₖ",
        "Seed 5: with the noise of xₖ",
    ]
    assert known.notes == (
        "0.040 from where it will end",
        "0.020 from where it will end",
        "0.000 from where it will end",
        "the result",
    )
    assert other.notes[0].startswith("0.080")
    assert differ.notes[-1].startswith("0.040")
    # In the end both pictures of a seed are its result.
    np.testing.assert_array_equal(noisy.images[-1], known.images[-1])
    assert far.at == (0, 1, 2, 3)
    said = lessons.out_of_noise("ddim", False, apart(first, second))
    assert "**0.0400**" in said.answer
    assert "walks" in said.text
    assert "leaps" in lessons.out_of_noise("consistency", True, ()).text


# -- step 4, the toy --


def _path(*ks: int, off: float = 0.1) -> Path:
    places = np.arange(2 * (len(ks) + 1), dtype=np.float32).reshape(-1, 1, 2)
    return Path(ks, places, off, 0.0)


@pytest.fixture
def toy() -> Toy:
    paths = {
        ("ddim", 1): _path(400, off=0.21),
        ("ddim", 4): _path(400, 260, 130, 0, off=0.11),
        ("ddim", 32): _path(*range(400, 80, -10), off=0.04),
        ("consistency", 1): _path(400, off=0.05),
    }
    data = np.zeros((30, 2), np.float32)
    learning = tuple(Snapshot(n, data[:5], 0.2 - 0.01 * n) for n in (0, 10))
    whole = _path(*range(400, 0, -10))
    return Toy(0, data, learning, whole, _path(*range(499, -1, -1), off=0.03), paths)


def test_each_sampler_stands_where_its_last_step_has_begun(toy: Toy) -> None:
    slides = path_slides(toy, 4)
    ancestral, ddim, leap = slides.panels
    assert [one.title for one in slides.panels] == [
        "ancestral, 500 steps",
        "ddim, 4 steps",
        "consistency, one step",
    ]
    ks = [int(one.removeprefix("k = ")) for one in slides.stops[:-1]]
    assert ks[0] == 499
    assert ks[-1] == 0
    for stop, k in enumerate(ks):
        assert ancestral.step[stop] == 499 - k
        begun = sum(one >= k for one in (400, 260, 130, 0)) - 1
        assert ddim.step[stop] == max(0, begun)
        assert leap.step[stop] == 0
    assert (ddim.step[-1], leap.step[-1]) == (4, 1)  # where the last step leads
    assert ancestral.whole is None
    assert ddim.whole is not None
    assert ddim.notes == ("In the end 0.11 beside the moons on average",)


def test_steps_of_the_toy_and_what_they_buy(toy: Toy) -> None:
    assert steps_of(toy) == (1, 4, 32)
    assert {name: own for name, (own, _) in ways_of(toy, 4).items()} == {
        "ancestral": 500,
        "ddim": 4,
        "consistency": 1,
    }
    lines = {one.name: one for one in steps_curves(toy).lines}
    assert lines["ddim"].x == [0, 2, 5]
    assert lines["ddim"].y == [0.21, 0.11, 0.04]
    assert lines["ancestral, all 500 steps"].y == [0.03, 0.03]
    said = lessons.toy_lesson(toy).answer
    assert "0.21 beside the moons with one step, 0.11 with 4 and 0.04 with 32" in said
    assert "Measured" not in lessons.toy_lesson(None).answer
    learnt = learning_slides(toy)
    assert learnt.stops == ("after 0 rounds", "after 10 rounds")
    assert learnt.panels[0].notes[1].startswith("0.10 beside")


# -- steps 5 and 6 --

GRID = Grid("EPSG:2154", Affine(0.2, 0, 652_000, 0, -0.2, 6_862_000), 64, 96)


def _cover(classes: np.ndarray) -> LandCover:
    chances = np.full((len(FLAIR2), *classes.shape), 0.02, np.float32)
    np.put_along_axis(chances, classes[None], 1 - 0.02 * (len(FLAIR2) - 1), axis=0)
    return LandCover(chances, FLAIR2, GRID)


@pytest.fixture
def told() -> tuple[LandCover, Explanation]:
    """At stage 5, 2 x 3 squares of 6.4 m: the one at (1, 2) looks at level pixel (0, 1) alone.

    Class 1 but for 100 pixels that are 4 with the series and 2 without it.
    """
    queries, keys = np.zeros((2, 2, 3, 4), np.float32), np.zeros((2, 2, 3, 4), np.float32)
    keys[:, 0, 1, 0] = 80
    queries[:, 1, 2, 0] = 1
    classes = np.ones((64, 96), int)
    with_, without = classes.copy(), classes.copy()
    with_[:10, :10], without[:10, :10] = 4, 2
    weights = np.full((12, 8, 12), 1 / 11, np.float32)
    weights[ABSENT - 1] = 0
    explanation = Explanation((weights,), (), (), _cover(without), {5: queries}, {5: keys})
    return _cover(with_), explanation


@pytest.fixture
def seen(told, sr, aerial):
    cover, explanation = told
    month = np.broadcast_to(sr.reflectance[..., :1, :1], (12, 4, 8, 12))
    wide = replace(sr, reflectance=month, sr_grid=GRID.coarser())
    image = replace(aerial, pixels=np.full((4, 64, 96), 90, np.uint8), grid=GRID)
    return gaze(explanation, cover, scene_of("s", image), wide, 7, 5, None)


def test_all_looks_are_those_of_one_pixel_each(told, seen) -> None:
    _, explanation = told
    assert live_stages(explanation) == (5,)
    assert seen.squares == (2, 3)
    assert seen.square == pytest.approx(6.4)
    for row in range(2):
        for col in range(3):
            asked = explanation.attention(row=32 * row + 3, col=32 * col + 30).maps[5].mean(0)
            np.testing.assert_allclose(seen.weights[3 * row + col], asked.ravel(), atol=1e-6)
    # Level 0: pixels of 1.6 m, the first at the corner. From (16, 9.6) m to (2.4, 0.8) m.
    assert seen.half[5] == pytest.approx(np.hypot(16 - 2.4, 9.6 - 0.8))
    assert seen.first == 0
    assert seen.classes[0] == FLAIR2.names[1]
    assert seen.months[0, ABSENT - 1] == 0
    assert seen.months[0].sum() == pytest.approx(1)


def test_a_look_is_sent_as_bytes_and_said_in_words(seen) -> None:
    sent = packed_gaze(seen)
    weights = np.frombuffer(base64.b64decode(sent["weights"]), np.uint8).reshape(6, 6)
    assert weights[5].tolist() == [0, 255, 0, 0, 0, 0]
    assert weights[0].tolist() == [255] * 6  # asks nothing: all alike
    assert sent["said"][5].startswith(FLAIR2.names[1])
    assert "within 16 m" in sent["said"][5]
    assert len(sent["colours"]) == 256
    assert sent["colours"][0][3] == 0  # nothing is drawn where it does not look
    assert sent["colours"][255][3] > 200
    said = lessons.attention(seen, 7)
    assert "6.4 m" in said.text


def test_a_look_on_paper_frames_the_square_and_glows_where_it_looks(seen) -> None:
    asks, looks, months = still_gaze(seen, 1, 2)
    assert (asks.images[0][32, 64, :3] == 255).all()  # the corner of the square
    assert (asks.images[0][48, 80, :3] == 90).all()  # its middle
    glow = looks.images[0][..., 0].astype(int)
    assert np.unravel_index((glow * (glow < 255)).argmax(), glow.shape) == (0, 1)
    assert months.curves.lines[0].name == "weight"


def test_what_the_series_did_is_counted(told) -> None:
    cover, explanation = told
    labels = np.ones((64, 96), np.uint8)
    labels[:10, :10] = 4
    labels[0, 50:60] = 2  # never found
    labels[63] = 255  # no reference
    found = fused(cover, explanation, labels)
    known = 63 * 96
    assert found.changed == pytest.approx(100 / (64 * 96))
    assert found.right == pytest.approx((known - 10) / known)
    assert found.right_without == pytest.approx((known - 110) / known)
    assert found.moves == ((FLAIR2.names[2], FLAIR2.names[4], pytest.approx(4.0)),)
    assert fused(cover, explanation, None).right is None
    said = lessons.fusion(found)
    assert f"{FLAIR2.names[2]} became {FLAIR2.names[4]} (4 m²)" in said.answer
    assert "Nowhere" in lessons.fusion(replace(found, moves=())).answer
    *_, differ = fused_pictures(cover, explanation)
    changed = (differ.images[0][..., 0] == 180).sum()
    assert changed == 100


def test_the_bars_are_those_of_the_pixel(told) -> None:
    cover, explanation = told
    alone, both = series_figure(cover, explanation.without_series, 5, 5, False).data
    assert len(both.y) == 5  # the likely ones
    chances = dict(zip(both.y, both.x, strict=True))
    assert chances[FLAIR2.names[4]] == pytest.approx(0.76)
    assert dict(zip(alone.y, alone.x, strict=True))[FLAIR2.names[2]] == pytest.approx(0.76)


# -- the hand-out --


def test_the_hand_out_needs_nothing_else_and_shows_what_it_is_given(toy: Toy) -> None:
    lesson = lessons.Lesson("A < B", "See **this** and *that*.", "Why?", "Because **so**.")
    curves = Curves((Line("c", (0, 1), (0, 1)),), "x", (0, 1), (), (0, 1), ())
    picture = Pictures("P", tuple(np.full((2, 2, 4), one, np.uint8) for one in (1, 2)), ("a", "b"))
    cloud = path_slides(toy, 4).panels[1]
    part = Part(
        lesson,
        ((picture, 1), (Chart("C", curves, (0.0, 1.0)), 1), (cloud, 50)),
        "http://here/learn?a=1&b=<2>",
        (("#ff0000", "red & co"),),
    )
    page = handout("The <place>", "simulated", (part,) * 6)
    assert "The &lt;place&gt;" in page
    assert "<b>this</b> and <i>that</i>" in page
    assert "<b>P</b> b" in page
    assert page.count("<article>") == 6
    assert page.count("<section>") == 2
    assert "A &lt; B" in page
    assert "href='http://here/learn?a=1&amp;b=&lt;2&gt;'" in page
    assert "red &amp; co" in page
    assert page.count("<svg") == 12
    # Nothing is fetched: every picture is in the page.
    assert re.findall(r"(?:src|url)\W{1,2}(?!data:)http", page) == []
    assert "<script" not in page
