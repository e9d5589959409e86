"""What the ground reflects over the year, against what is published about such ground."""

from dataclasses import replace

import numpy as np
import pytest

from lcapp.simulate.domain import Climate, Domain, domains
from lcapp.simulate.land.ground.settled import settled
from lcapp.simulate.land.ground.surface import Surface, thinned, vary
from lcapp.simulate.land.ground.surfaces import SURFACES

MIDDLES = np.array([15, 46, 75, 105, 135, 166, 196, 227, 258, 288, 319, 349])
JANUARY, APRIL, MAY, JULY, AUGUST, OCTOBER = 0, 3, 4, 6, 7, 9
B4, B8 = 2, 6


def ndvi(surface: Surface, days: np.ndarray = MIDDLES) -> np.ndarray:
    spectra = surface.spectra(days)
    red, infrared = spectra[:, B4], spectra[:, B8]
    return (infrared - red) / (infrared + red)


def mixed_ndvi(parts: dict[str, float]) -> np.ndarray:
    spectra = sum(share * SURFACES[kind].spectra(MIDDLES) for kind, share in parts.items())
    return (spectra[:, B8] - spectra[:, B4]) / (spectra[:, B8] + spectra[:, B4])


def test_every_label_value_of_flair2_occurs_among_the_kinds():
    assert {one.label for one in SURFACES.values()} == set(range(1, 20))
    assert all(name == one.kind for name, one in SURFACES.items())


@pytest.mark.parametrize("kind", ["deciduous", "oak", "beech", "poplar", "birch", "plane"])
def test_a_broadleaf_wood_is_bare_in_winter_and_dense_in_summer(kind: str):
    year = ndvi(SURFACES[kind])
    assert 0.25 < year[JANUARY] < 0.42
    assert 0.8 < year[JULY] < 0.92
    assert 0.5 < year[OCTOBER] < 0.8


@pytest.mark.parametrize("kind", ["coniferous", "spruce", "fir", "pine", "douglas", "cedar"])
def test_an_evergreen_wood_stays_green(kind: str):
    year = ndvi(SURFACES[kind])
    assert year.min() > 0.6
    assert year.max() < 0.82


def test_larch_is_a_conifer_that_looks_like_one_in_no_winter_month():
    larch, spruce = ndvi(SURFACES["larch"]), ndvi(SURFACES["spruce"])
    assert SURFACES["larch"].label == SURFACES["spruce"].label
    assert abs(larch[JULY] - spruce[JULY]) < 0.06
    assert spruce[JANUARY] - larch[JANUARY] > 0.25


@pytest.mark.parametrize("kind", ["meadow", "hay", "pasture", "silage meadow", "lawn"])
def test_grassland_is_green_all_year(kind: str):
    year = ndvi(SURFACES[kind])
    assert year.min() > 0.5
    assert year.max() < 0.88


@pytest.mark.parametrize("between", ["vine row", "vine soil"])
def test_a_vineyard_is_greenest_in_summer_and_never_a_wood(between: str):
    year = mixed_ndvi({"vine": 0.38, between: 0.62})
    assert year.min() > 0.15
    assert 0.45 < year[[JULY, AUGUST]].max() < 0.68


def test_winter_wheat_is_a_meadow_in_april_and_maize_is_one_in_july():
    meadow = ndvi(SURFACES["meadow"])
    assert ndvi(SURFACES["wheat"])[APRIL] == pytest.approx(meadow[APRIL], abs=0.06)
    assert ndvi(SURFACES["maize"])[JULY] == pytest.approx(meadow[JULY], abs=0.08)
    assert ndvi(SURFACES["maize"])[MAY] < 0.35
    assert ndvi(SURFACES["wheat"])[AUGUST] < 0.35


def test_a_plot_becomes_a_roof_in_summer():
    plot = SURFACES["new building"]
    assert ndvi(plot)[0] > 0.5
    assert ndvi(plot)[MAY] < 0.3
    np.testing.assert_allclose(plot.spectrum(300), SURFACES["tiled roof"].spectrum(300))
    # A late spring moves the crop, not the roofers.
    late = replace(plot, shift=20)
    np.testing.assert_allclose(late.spectrum(216), plot.spectrum(216))
    assert ndvi(late, np.array([75]))[0] > ndvi(plot, np.array([75]))[0] + 0.2


def test_every_parcel_reflects_between_nothing_and_all_of_the_light():
    generator = np.random.default_rng(0)
    days = np.arange(1, 366, 6)
    for domain in domains(5, seed=0):
        for one in settled([vary(s, generator) for s in SURFACES.values()], domain):
            spectra, contrasts = one.spectra(days), one.contrasts(days)
            assert np.isfinite(spectra).all()
            assert spectra.min() > 0
            assert spectra.max() < 1.2
            # Patches reach -1..1: the poorest spot still reflects something.
            assert (spectra - 1.1 * np.abs(contrasts)).min() > 0


def test_parcels_of_one_kind_differ_in_date_density_and_brightness():
    generator = np.random.default_rng(1)
    parcels = [vary(SURFACES["wheat"], generator) for _ in range(40)]
    assert {one.kind for one in parcels} == {"wheat"}
    assert 12 <= np.ptp([one.shift for one in parcels]) <= 18
    in_june = [ndvi(one, np.array([168]))[0] for one in parcels]
    assert np.std(in_june) > 0.05
    in_winter = [replace(one, shift=0, brightness=1.0).cover(20) for one in parcels]
    assert np.ptp(in_winter) > 0.08
    assert 0.04 < np.std([one.brightness for one in parcels]) < 0.1


def test_a_drought_browns_meadows_in_august_and_spares_the_wood():
    domain = domains(1, seed=0)[0]
    dry, wet = (replace(domain, climate=Climate(drought=share)) for share in (1.0, 0.0))
    kinds = [SURFACES[name] for name in ("meadow", "deciduous", "maize")]
    (dry_meadow, dry_wood, dry_maize), (meadow, wood, maize) = (
        [ndvi(one) for one in settled(kinds, domain)] for domain in (dry, wet)
    )
    assert meadow[AUGUST] - dry_meadow[AUGUST] > 0.2
    assert meadow[APRIL] - dry_meadow[APRIL] < 0.02
    np.testing.assert_array_equal(wood, dry_wood)
    assert maize[AUGUST] - dry_maize[AUGUST] < 0.1


@pytest.mark.parametrize("month", range(4, 12))
def test_a_field_is_plowed_land_exactly_when_it_is_bare_on_the_day_of_the_flight(month: int):
    generator = np.random.default_rng(month)
    kinds = [one for one in SURFACES.values() if one.is_field]
    domain = in_month(month)
    for one in settled([vary(kind, generator) for kind in kinds * 4], domain):
        cover = one.cover(domain.flight_day)
        assert one.label == (12 if cover < 0.14 else 11), one.kind
        if one.kind == "plowed":
            assert one.label == 12


def in_month(month: int) -> Domain:
    domain = domains(1, seed=0)[0]
    return replace(domain, flight=domain.flight.replace(month=month, day=15))


def test_settling_takes_the_soil_and_the_spring_of_the_domain():
    early, late = (replace(in_month(7), soil="chalk", phenology=days) for days in (-10, 10))
    wheat = SURFACES["wheat"]
    (first,), (second,) = settled([wheat], early), settled([wheat], late)
    assert first.ground == second.ground == "chalk"
    assert (first.shift, second.shift) == (-10, 10)
    roof = SURFACES["tiled roof"]
    np.testing.assert_array_equal(settled([roof], late)[0].spectrum(180), roof.spectrum(180))


def test_a_tramline_carries_less_of_the_same_crop():
    wheat = vary(SURFACES["wheat"], np.random.default_rng(3))
    tramline = thinned(wheat, 0.5)
    assert tramline.shift == wheat.shift
    assert 0.3 < tramline.cover(120) / wheat.cover(120) < 0.75
