import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from lcapp.classes import COSIA, FLAIR2, LPIS3, NO_CLASS
from lcapp.errors import RunError, SceneError
from lcapp.prepare import InputSpec, apply_window, prepare, scale, targets, unscale
from lcapp.scene.collection import open_collection
from lcapp.simulate.demo.scenes import demo_collection
from lcapp.types import Reference
from tests.scenes import with_parts

SPEC = InputSpec()
BANDS = ("red", "green", "blue", "nir")


@pytest.fixture
def labelled(make):
    """A tile of 256 px with two months and labels; every call makes a fresh one."""

    def build(labels=None, table=FLAIR2, pixels=None, dates=("2021-06-20", "2021-09-03")):
        scene = make.scene(make.series(list(dates), left=-170, top=-180), side=256)
        if labels is None:
            labels = np.zeros((256, 256), np.uint8)
        if pixels is not None:
            scene = with_parts(scene, aerial=replace(scene.aerial, pixels=pixels))
        return with_parts(scene, reference=Reference(labels, table))

    return build


def aims(scene, table=FLAIR2, align="none", spec=SPEC):
    return targets(scene, prepare(scene, spec), spec, table, align)


def test_the_aerial_bands_come_in_the_order_of_the_series(labelled):
    pixels = np.zeros((4, 256, 256), np.uint8)
    pixels[:] = np.array([10, 20, 30, 40])[:, None, None]
    order = ("B8", "B2", "B4", "B3")
    found = aims(labelled(pixels=pixels), spec=replace(SPEC, series_bands=order))
    assert found.aerial_on_sr.shape == (4, 32, 32)
    assert found.aerial_on_sr.dtype == np.float32
    bytes_ = (found.aerial_on_sr + 1) * 127.5
    np.testing.assert_allclose(bytes_[:, 0, 0], [40, 30, 10, 20], atol=1e-4)
    assert found.alignment is None


def test_what_1_6_m_cannot_carry_is_removed(labelled):
    pixels = np.zeros((4, 256, 256), np.uint8)
    pixels[..., ::2] = 200
    found = aims(labelled(pixels=pixels)).aerial_on_sr
    np.testing.assert_allclose((found[..., 2:-2] + 1) * 127.5, 100, atol=0.3)


def test_affine_puts_a_colour_balanced_image_onto_the_series_scale(labelled):
    slope = np.linspace(0, 255, 256).astype(np.uint8)
    east, south = (np.broadcast_to(one, (256, 256)) for one in (slope, slope[:, None]))
    pixels = np.stack([east, south, east, south])
    scene = labelled(pixels=pixels)
    prepared = prepare(scene, SPEC)
    plain = targets(scene, prepared, SPEC, FLAIR2, "none")
    # the series sees 0.1 * scaled aerial + 0.15, in June alone
    seen = 0.1 * apply_window(plain.aerial_on_sr, prepared.windows.down) + 0.15  # C h_in w_in
    scalings = [SPEC.scaling(band) for band in SPEC.series_bands]
    prepared.series[5][:, *prepared.windows.inside] = [
        scale(*pair) for pair in zip(seen, scalings, strict=True)
    ]
    found = targets(scene, prepared, SPEC, FLAIR2)
    assert found.nearest == 5
    *visible, infrared = found.alignment.gain  # drawn a little to the expected 0.15 and 0.3
    np.testing.assert_allclose(visible, 0.1, rtol=0.03)
    assert 0.1 < infrared < 0.115
    np.testing.assert_allclose(found.alignment.offset, 0.15, atol=1e-3)
    reflectance = [unscale(*pair) for pair in zip(found.aerial_on_sr, scalings, strict=True)]
    gain, offset = (
        np.array(one)[:, None, None] for one in (found.alignment.gain, found.alignment.offset)
    )
    np.testing.assert_allclose(reflectance, gain * plain.aerial_on_sr + offset, atol=1e-5)


def test_affine_brings_the_simulated_aerial_image_closer_to_its_month():
    collection = open_collection(demo_collection(1))
    scene = collection.scene(collection.ids[0])
    prepared = prepare(scene, SPEC)
    distance = {}
    for align in ("affine", "none"):
        found = targets(scene, prepared, SPEC, FLAIR2, align)
        difference = (
            apply_window(found.aerial_on_sr, prepared.windows.down)
            - (prepared.series[found.nearest][:, *prepared.windows.inside])
        )
        distance[align] = np.abs(difference).mean()
    assert found.nearest == scene.aerial.date.month - 1
    assert distance["affine"] < 0.5 * distance["none"]


def test_a_green_meadow_keeps_its_near_infrared(labelled):
    """METHOD.md, fault 9: reflectance 0.55 is no bound of the scale after the alignment either."""
    scene = labelled()
    digital_numbers = scene.sentinel2.values
    digital_numbers[:, 3] = 5500
    found = aims(scene, align="affine").aerial_on_sr[3]
    np.testing.assert_allclose(unscale(found, SPEC.scaling("B8")), 0.55, atol=1e-4)


def test_labels_on_the_sr_grid_are_the_majority_and_the_lowest_of_equals(labelled):
    labels = np.random.default_rng(4).integers(0, 13, (256, 256), dtype=np.uint8)
    labels[:8, :8] = 7
    labels[:4, :8] = 3  # as many 3 as 7
    found = aims(labelled(labels))
    np.testing.assert_array_equal(found.labels, labels)
    literal = [
        [
            max(range(13), key=lambda k: ((labels[y : y + 8, x : x + 8] == k).sum(), -k))
            for x in range(0, 256, 8)
        ]
        for y in range(0, 256, 8)
    ]
    assert found.sr_labels[0, 0] == 3
    np.testing.assert_array_equal(found.sr_labels, literal)
    assert found.sr_labels.dtype == np.uint8


@pytest.mark.parametrize(
    ("dates", "nearest"),
    [
        (("2021-06-20", "2021-07-08"), 6),
        # 7 days each: the earlier, also where its calendar month is the later one
        (("2021-06-24", "2021-07-08"), 5),
        (("2021-01-03", "2020-12-28"), 11),
    ],
)
def test_the_month_to_compare_with_is_the_nearest_in_days(labelled, dates, nearest):
    scene = labelled(dates=dates)
    if nearest == 11:
        scene = with_parts(scene, aerial=replace(scene.aerial, date=dt.date(2020, 12, 31)))
    assert aims(scene).nearest == nearest


def test_cosia_labels_train_a_flair_2_network_with_the_rest_as_other(labelled):
    labels = np.zeros((256, 256), np.uint8)
    labels[:, 128:] = COSIA.index("greenhouse")
    labels[128:] = COSIA.index("water")
    found = aims(labelled(labels, COSIA)).labels
    assert found[0, 0] == FLAIR2.index("building")
    assert found[0, 255] == FLAIR2.index("other")
    assert found[255, 0] == FLAIR2.index("water")


@pytest.mark.parametrize(
    ("own", "name", "table"), [(LPIS3, "winter wheat", FLAIR2), (FLAIR2, "other", COSIA)]
)
def test_labels_that_the_network_does_not_know_are_refused(labelled, own, name, table):
    labels = np.full((256, 256), own.index(name), np.uint8)
    with pytest.raises(SceneError, match=name):
        aims(labelled(labels, own), table)


def test_classes_that_do_not_occur_need_no_translation(labelled):
    found = aims(labelled(np.full((256, 256), FLAIR2.index("water"), np.uint8)), COSIA)
    assert (found.labels == COSIA.index("water")).all()


def test_a_scene_without_labels_is_refused(labelled):
    with pytest.raises(SceneError, match="no labels"):
        aims(replace(labelled(), references={}))


def test_labels_out_of_their_table_are_refused(labelled):
    with pytest.raises(SceneError, match="id 13"):
        aims(labelled(np.full((256, 256), 13, np.uint8)))


def test_a_part_of_an_sr_pixel_at_the_edge_is_refused(make):
    scene = make.scene(make.series(["2021-06-20"], left=-170, top=-180), side=252)
    scene = with_parts(scene, reference=Reference(np.zeros((252, 252), np.uint8), FLAIR2))
    with pytest.raises(SceneError, match="252 x 252"):
        aims(scene)


def test_a_scene_without_a_present_month_is_refused(labelled):
    scene = labelled()
    prepared = prepare(scene, SPEC)
    absent = tuple(replace(one, present=False) for one in prepared.months)
    with pytest.raises(SceneError, match="no month"):
        targets(scene, replace(prepared, months=absent), SPEC, FLAIR2)


def test_a_series_band_without_a_counterpart_is_refused(labelled):
    scene = labelled()
    spec = replace(SPEC, series_bands=("B4", "B11"))
    with pytest.raises(RunError, match="B11"):
        targets(scene, prepare(scene, SPEC), spec, FLAIR2)


def test_an_aerial_image_without_a_counterpart_is_refused(labelled):
    scene = labelled()
    prepared = prepare(scene, SPEC)
    three = replace(scene.aerial, pixels=scene.aerial.pixels[:3], bands=BANDS[:3])
    with pytest.raises(SceneError, match="'nir'"):
        targets(with_parts(scene, aerial=three), prepared, SPEC, FLAIR2)


def test_affine_is_fitted_to_the_month_nearest_to_the_flight(labelled):
    """Here the first of the year has twice the contrast and another level; flown on 1 July."""
    slope = np.linspace(0, 255, 256).astype(np.uint8)
    pixels = np.broadcast_to(slope, (4, 256, 256)).copy()
    scene = labelled(pixels=pixels, dates=("2021-02-10", "2021-07-03", "2021-12-05"))
    prepared = prepare(scene, SPEC)
    plain = targets(scene, prepared, SPEC, FLAIR2, "none")
    flown = apply_window(plain.aerial_on_sr, prepared.windows.down)
    scalings = [SPEC.scaling(band) for band in SPEC.series_bands]
    for month, gain, offset in ((1, 0.3, 0.2), (6, 0.15, 0.1), (11, 0.05, 0.05)):
        prepared.series[month][:, *prepared.windows.inside] = [
            scale(gain * band + offset, scaling)
            for band, scaling in zip(flown, scalings, strict=True)
        ]
    found = targets(scene, prepared, SPEC, FLAIR2)
    assert found.nearest == 6
    np.testing.assert_allclose(found.alignment.gain[:3], 0.15, rtol=0.03)
    np.testing.assert_allclose(found.alignment.offset[:3], 0.1, atol=2e-3)


@pytest.mark.parametrize("align", ["affine", "none"])
def test_where_there_is_no_image_neither_a_class_nor_darkness_is_learnt(labelled, align):
    random = np.random.default_rng(7)
    pixels = random.integers(60, 200, (4, 32, 32), np.uint8).repeat(8, 1).repeat(8, 2)
    whole = labelled(np.full((256, 256), 4, np.uint8), pixels=pixels)
    seen = np.ones((256, 256), bool)
    seen[:, :124] = False  # half of an SR pixel's columns more than 15 of them
    dark = with_parts(whole, aerial=replace(whole.aerial, pixels=np.where(seen, pixels, 0)))
    found, right = aims(replace(dark, seen=seen), align=align), aims(whole, align=align)
    np.testing.assert_array_equal(found.labels == NO_CLASS, ~seen)
    assert (found.labels[seen] == 4).all()
    assert (found.sr_labels[:, :15] == NO_CLASS).all()
    assert (found.sr_labels[:, 15:] == 4).all()  # of the first of them half is there
    prepared = prepare(whole, SPEC)
    bicubic = apply_window(prepared.series[found.nearest], prepared.windows.levels[0])
    np.testing.assert_array_equal(found.aerial_on_sr[..., :16], bicubic[..., :16])
    there = found.aerial_on_sr[..., 18:], right.aerial_on_sr[..., 18:]
    np.testing.assert_allclose(*there, atol=1e-5 if align == "none" else 0.05)


def test_a_scene_without_any_image_teaches_nothing(labelled):
    scene = replace(labelled(), seen=np.zeros((256, 256), bool))
    found = aims(scene, align="affine")
    assert found.alignment is None
    assert (found.labels == NO_CLASS).all()
    assert (found.sr_labels == NO_CLASS).all()
    assert np.isfinite(found.aerial_on_sr).all()
