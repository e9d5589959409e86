"""A series brought to agree with its measurement, and nothing else of it changed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from affine import Affine

from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.models.back_projection import back_project
from lcapp.pipeline.predict import predict
from lcapp.prepare import apply_window, footprint_windows
from lcapp.scene.collection import open_collection
from lcapp.types import Grid, Run, Windows

SIDE = 40


@pytest.fixture
def windows() -> Windows:
    """A tile of 64 SR pixels somewhere inside 40 LR pixels, at a fraction of one."""
    lr = Grid("EPSG:2154", Affine(10, 0, 0, 0, -10, 0), SIDE, SIDE)
    sr = Grid("EPSG:2154", Affine(1.6, 0, 143.3, 0, -1.6, -151.9), 64, 64)
    return footprint_windows(lr, sr)


@pytest.fixture
def series() -> torch.Tensor:
    """Three months of noise."""
    random = np.random.default_rng(0)
    return torch.from_numpy(random.uniform(-1, 1, (3, 4, SIDE, SIDE)).astype(np.float32))


@pytest.fixture
def sr() -> torch.Tensor:
    return torch.randn(3, 4, 64, 64, generator=torch.Generator().manual_seed(1))


def lacking(sr: torch.Tensor, series: torch.Tensor, windows: Windows) -> np.ndarray:
    rows, cols = windows.inside
    return series.numpy()[..., rows, cols] - apply_window(sr.numpy(), windows.down)


def test_each_round_adds_what_is_lacking_interpolated(
    sr: torch.Tensor, series: torch.Tensor, windows: Windows
) -> None:
    expected = sr
    for _ in range(2):
        more = apply_window(lacking(expected, series, windows), windows.up)
        expected = expected + torch.from_numpy(more)
    torch.testing.assert_close(back_project(sr, series, windows, 2), expected, rtol=0, atol=1e-5)


def test_three_rounds_go_most_of_the_way_to_the_measurement(
    sr: torch.Tensor, series: torch.Tensor, windows: Windows
) -> None:
    rows, cols = windows.inside
    land = torch.randn(3, 4, 64, 64, generator=torch.Generator().manual_seed(2))
    # White noise at 10 m is nothing that the satellite's optics let through.
    series[..., rows, cols] = torch.from_numpy(apply_window(land.numpy(), windows.down))
    before = np.abs(lacking(sr, series, windows)).mean()
    after = np.abs(lacking(back_project(sr, series, windows, 3), series, windows)).mean()
    assert after < 0.25 * before


def test_a_series_that_agrees_already_stays_and_so_does_one_without_rounds(
    sr: torch.Tensor, series: torch.Tensor, windows: Windows
) -> None:
    assert back_project(sr, series, windows, 0) is sr
    rows, cols = windows.inside
    agreeing = series.clone()
    agreeing[..., rows, cols] = torch.from_numpy(apply_window(sr.numpy(), windows.down))
    torch.testing.assert_close(back_project(sr, agreeing, windows, 3), sr, rtol=0, atol=1e-5)


def test_pixels_that_the_footprint_cuts_have_no_say(
    sr: torch.Tensor, series: torch.Tensor, windows: Windows
) -> None:
    rows, cols = windows.inside
    other = torch.full_like(series, torch.nan)
    other[..., rows, cols] = series[..., rows, cols]
    found = back_project(sr, other, windows, 2)
    assert torch.equal(found, back_project(sr, series, windows, 2))


def test_mixed_precision_around_it_rounds_nothing(
    sr: torch.Tensor, series: torch.Tensor, windows: Windows
) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        found = back_project(sr, series, windows, 2)
    assert torch.equal(found, back_project(sr, series, windows, 2))


def test_a_prediction_does_so_where_its_bundle_says_so(treesat_folder: Path) -> None:
    scene = open_collection(treesat_folder).scene("Betula_spec._1_15679")
    bundle = load("tiny")
    told = replace(bundle.config.diffusion, back_projections=3)
    agreeing = TSRDiffModel(
        replace(bundle.config, diffusion=told), bundle.path, network=bundle.network
    )
    run = Run("ddim", steps=2, device="cpu")
    before, after = (predict(scene, model, run) for model in (bundle, agreeing))
    for month, one, other in zip(
        before.super_resolved.months,
        before.super_resolved.lr_consistency,
        after.super_resolved.lr_consistency,
        strict=True,
    ):
        if month.present:
            assert other < 0.5 * one
    # E_SR read the series that is shown.
    assert not np.array_equal(before.land_cover.probabilities, after.land_cover.probabilities)
