"""NDVI, changed pixels and classes: by hand on small images, and the PSNR of the whole."""

import warnings

import numpy as np
import pytest

from lcapp.classes import NO_CLASS
from lcapp.evaluate.fidelity import alike
from lcapp.evaluate.truth import Known, by_class, decibels, details, moved_most, ndvi, psnr_within
from lcapp.evaluate.truth.parts import PSNR_CEILING
from lcapp.prepare import InputSpec

BANDS = InputSpec().series_bands
SCALINGS = tuple(InputSpec().scaling(band) for band in BANDS)
NAMES = ("building", "water", "other")


def test_ndvi_takes_its_bands_by_name() -> None:
    image = np.zeros((4, 1, 3))
    image[BANDS.index("B4")] = [[0.1, 0.0, 0.1]]
    image[BANDS.index("B8")] = [[0.3, 0.0, -0.2]]
    # Black is 0; what is below 0 counts as 0.
    np.testing.assert_allclose(ndvi(image, BANDS), [[0.5, 0.0, -1.0]])
    assert ndvi(image[:3], ("B4", "B3", "B2")) is None


def test_a_fifth_of_the_pixels_moved_most_up_or_down() -> None:
    before = np.zeros((2, 5))
    now = np.array([[0.1, -0.8, 0.2, 0.0, 0.3], [0.0, 0.1, 0.7, -0.2, 0.0]])
    changed = moved_most(before, now)
    assert np.argwhere(changed).tolist() == [[0, 1], [1, 2]]
    assert moved_most(before, before) is None
    one = before.copy()
    one[0, 0] = 0.5  # fewer than a fifth moved: the others did not
    assert moved_most(before, one).sum() == 1


def test_the_psnr_of_all_pixels_is_that_of_the_image() -> None:
    random = np.random.default_rng(0)
    one, other = random.uniform(0, 1, (2, 4, 8, 8))
    squared = ((one - other) ** 2).mean(axis=0)
    (whole,) = alike(one[None], other[None])
    assert psnr_within(squared, np.ones((8, 8), bool)) == pytest.approx(whole.psnr)
    assert psnr_within(squared, np.zeros((8, 8), bool)) is None
    assert decibels(0) == PSNR_CEILING


def test_the_error_of_each_class_that_occurs() -> None:
    squared = np.array([[0.1, 0.2], [0.3, 0.4]])
    found = dict(by_class(squared, np.array([[0, 2], [2, 2]], np.uint8), NAMES))
    assert list(found) == ["building", "other"]
    assert (found["building"].pixels, found["other"].pixels) == (1, 3)
    assert found["other"].squared == pytest.approx(0.9)
    gap = dict(by_class(squared, np.array([[0, 2], [NO_CLASS, 2]], np.uint8), NAMES))
    assert gap["other"].squared == pytest.approx(0.6)


def known(truth: np.ndarray, labels: np.ndarray | None = None) -> Known:
    return Known(truth, BANDS, SCALINGS, 3, labels, NAMES)


def year(side: int = 10) -> np.ndarray:
    """Twelve equal months: red 0.1 and near infrared 0.3."""
    truth = np.full((12, 4, side, side), 0.1)
    truth[:, BANDS.index("B8")] = 0.3
    return truth


def test_copying_the_month_of_the_flight_fails_where_a_field_was_ploughed() -> None:
    truth = year()
    truth[7, BANDS.index("B8"), :2] = 0.12  # a fifth of the tile, four months after the flight
    copied = np.repeat(truth[3:4], 12, axis=0)
    present = np.isin(np.arange(12), (3, 7))
    in_april, in_august = details(copied, copied, present, known(truth))
    assert (in_april.changed, in_april.unchanged, in_april.ndvi) == (None, None, 0)
    error = (0.18 / 0.6) ** 2 / 4
    assert in_august.changed == pytest.approx(-10 * np.log10(error))
    assert in_august.unchanged == PSNR_CEILING
    wrong = (0.5 - 0.02 / 0.22) ** 2  # NDVI 0.5 in place of 0.09 on a fifth
    assert in_august.ndvi == pytest.approx(wrong / 5)
    assert in_august.absolute_error == pytest.approx(0.3 / 4 / 5)


def test_without_labels_change_or_infrared_there_is_no_figure_and_no_warning() -> None:
    truth = year()
    present = np.arange(12) == 7
    labels = np.ones((10, 10), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (flat,) = details(truth, truth, present, known(truth, labels))
        visible = Known(truth[:, :3], BANDS[:3], SCALINGS[:3], 3, None, NAMES)
        (blind,) = details(truth[:, :3] + 0.01, truth[:, :3], present, visible)
    assert (flat.shares, flat.changed, flat.ndvi) == (None, None, 0)
    assert dict(flat.by_class)["water"].pixels == 100
    assert (blind.ndvi, blind.changed, blind.by_class) == (None, None, ())
    assert blind.shares.hallucination == 1
