"""Fault 9: the near infrared of every green meadow cut off by the scaling, and NDVI with it."""

from dataclasses import replace

import numpy as np
import pytest

from lcapp.prepare import InputSpec, Scaling, apply_window, prepare, scale, unscale
from lcapp.types import Floats, Scene
from tests.scenes import with_parts

RED, NIR = 0.04, 0.45
NDVI = (NIR - RED) / (NIR + RED)


def meadow(scene: Scene) -> Scene:
    """Every pixel of every month a summer meadow."""
    values = dict(zip(InputSpec().series_bands, (RED, 0.08, 0.03, NIR), strict=True))
    numbers = np.empty_like(scene.sentinel2.values)
    for channel, band in enumerate(scene.sentinel2.bands):
        numbers[:, channel] = 10_000 * values[band]
    return with_parts(scene, series=replace(scene.sentinel2, values=numbers))


def check_a_meadow_survives(scene: Scene) -> None:
    spec = InputSpec()
    prepared = prepare(meadow(scene), spec)
    x_u = apply_window(prepared.series[prepared.present], prepared.windows.levels[0])

    def reflectance(band: str) -> Floats:
        return unscale(x_u[:, spec.series_bands.index(band)], spec.scaling(band))

    red, nir = reflectance("B4"), reflectance("B8")
    assert np.abs(nir - NIR).max() < 1e-5, f"near infrared {nir.mean():.2f}"
    assert np.abs((nir - red) / (nir + red) - NDVI).max() < 1e-4


def test_a_meadow_survives_the_scaling_and_its_inverse(scene: Scene) -> None:
    """Near infrared 0.45, NDVI 0.84."""
    check_a_meadow_survives(scene)


def test_seen_to_fail_with_every_band_divided_by_2000_and_clipped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: digital numbers / 2000, clipped to 1. Near infrared came back as 0.60, the top of
    its range: its value is lost."""

    def clipped(values: Floats, scaling: object) -> Floats:
        return (2 * np.clip(values * 10_000 / 2000, 0, 1) - 1).astype(np.float32)

    monkeypatch.setattr("lcapp.prepare.prepared.scale", clipped)
    with pytest.raises(AssertionError, match=r"near infrared 0\.60"):
        check_a_meadow_survives(scene)


def test_seen_to_fail_with_a_clip_at_2000_on_our_own_scale(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: digital numbers clipped at 2000, all else as it is. Near infrared 0.20, NDVI 0.67,
    winter and summer alike."""

    def clipped(values: Floats, scaling: Scaling) -> Floats:
        return scale(np.clip(values, 0, 2000 / 10_000), scaling)

    monkeypatch.setattr("lcapp.prepare.prepared.scale", clipped)
    with pytest.raises(AssertionError, match=r"near infrared 0\.20"):
        check_a_meadow_survives(scene)
