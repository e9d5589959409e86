"""Dates of the satellite that lie off their place."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcapp.errors import RunError, SceneError
from lcapp.scene.flair2.truth import read_shifts, write_shifts
from lcapp.simulate.collection import simulate
from lcapp.simulate.instruments.geolocation import BOUND, shifts
from lcapp.simulate.instruments.sentinel2 import optics_of, record
from tests.simulate.test_sensors import ALWAYS_CLEAR, in_year, level

KINDS = ("pond", "terrace")


def speckled(east: int = 0, north: int = 0) -> np.ndarray:
    """Blocks of 7 m, moved by whole metres."""
    blocks = np.random.default_rng(0).integers(2, size=(60, 60))
    index = blocks.repeat(7, axis=0).repeat(7, axis=1)[:400, :400]
    return np.roll(index, (-north, east), axis=(0, 1))


def test_a_shifted_look_sees_what_a_moved_ground_shows():
    moved = optics_of(level(KINDS, speckled(4, 3), 1.0), key=0).look([180])[0]
    finely = optics_of(level(KINDS, speckled(), 1.0), key=0, finely=True)
    seen = finely.look([180], np.array([[0.4, 0.3]]))[0]
    inner = (slice(None), slice(6, -6), slice(6, -6))
    spread = moved[inner].std(axis=(1, 2))
    assert ((seen - moved)[inner].std(axis=(1, 2)) < 0.02 * spread).all()
    still = finely.look([180], np.zeros((1, 2)))[0]
    assert ((still - moved)[inner].std(axis=(1, 2)) > 0.2 * spread).all()


def test_weather_and_noise_are_those_of_a_series_that_lies_right():
    place, domain = level(KINDS, speckled(), 1.0), replace(in_year(2021), climate=ALWAYS_CLEAR)

    def recorded(deviation: float | None):
        off = None if deviation is None else (deviation, np.random.default_rng(5))
        return record(place, domain, np.random.default_rng(1), key=1, geolocation=off)

    right, zero, off = recorded(None), recorded(0.0), recorded(3.0)
    assert right.shifts is None
    assert right.dates == zero.dates == off.dates
    assert abs(right.digital_numbers.astype(int) - zero.digital_numbers)[..., 6:-6, 6:-6].max() < 30
    assert abs(right.digital_numbers.astype(int) - off.digital_numbers)[..., 6:-6, 6:-6].max() > 200
    assert (right.masks[:, 1] == off.masks[:, 1]).all()


def test_shifts_are_of_the_asked_size_mostly_common_and_bounded():
    drawn = np.stack([shifts(20, 3.0, np.random.default_rng(seed)) for seed in range(400)])
    assert np.hypot(*drawn.reshape(-1, 2).T).max() <= 3.0 * BOUND + 1e-9
    # The bound takes a little of 3, 2.4 and 1.8.
    assert drawn.std() == pytest.approx(2.8, abs=0.15)
    assert drawn.mean(axis=1).std() == pytest.approx(2.25, abs=0.15)
    assert drawn.std(axis=1).mean() == pytest.approx(1.6, abs=0.15)
    assert not shifts(3, 0.0, np.random.default_rng(0)).any()


def test_known_shifts_lie_beside_the_truth(tmp_path: Path):
    days = [dt.date(2021, 3, 1), dt.date(2021, 3, 6)]
    write_shifts(tmp_path / "shifts.csv", days, np.array([[1.2345, -2.0], [0.0, 3.5]]))
    told = read_shifts(tmp_path / "shifts.csv")
    assert told == {days[0]: (pytest.approx(1.2345, abs=6e-4), -2.0), days[1]: (0.0, 3.5)}


@pytest.mark.parametrize(
    "text", ["", "date;east;north\n", "date,east,north\n2021-03-01,1\n", "\x00"]
)
def test_what_is_no_table_of_shifts_is_refused(text: str, tmp_path: Path):
    (tmp_path / "shifts.csv").write_text(text)
    with pytest.raises(SceneError, match="table of shifts"):
        read_shifts(tmp_path / "shifts.csv")


@pytest.mark.parametrize("metres", [-1.0, 11.0, float("nan")])
def test_shifts_without_meaning_are_refused(metres: float, tmp_path: Path):
    with pytest.raises(RunError, match=r"shifts is .*; expected 0 to 10 metres"):
        simulate(tmp_path / "out", shifts=metres)


@pytest.mark.slow
def test_a_simulation_with_shifts_is_another_and_tells_them(tmp_path: Path):
    out = simulate(tmp_path / "out", tiles=1, domains=1, seed=3, shifts=3.0, processes=1)
    assert "seed 3, shifts 3, domains 1." in (out / "SIMULATED.txt").read_text()
    (table,) = out.glob("truth/*/*/shifts.csv")
    (products,) = out.glob("flair_sen_*/*/*/sen/*_products.txt")
    told = read_shifts(table)
    assert [f"{day:%Y%m%d}" for day in told] == [
        line.split("_")[2][:8] for line in products.read_text().splitlines()
    ]
    with pytest.raises(RunError, match=r"holds another simulation .*shifts 3"):
        simulate(out, tiles=1, domains=1, seed=3, processes=1)
