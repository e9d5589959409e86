import datetime as dt

import numpy as np
import pytest

from lcapp.prepare import cover_percent, months
from lcapp.types import CloudRule

RULE = CloudRule()


def test_cloud_snow_and_missing_data_all_cover_a_pixel(make):
    series = make.series(["2021-03-01"], side=10, cloud=[0.1])  # row 0
    snow = np.zeros((1, 10, 10), np.float32)
    snow[0, 1] = 1.5
    snow[0, 2] = 1.0  # not above 1 %
    numbers = series.values.copy()
    numbers[0, 3, 4, :5] = np.nan
    series = make.replace(series, snow=snow, values=numbers)
    assert cover_percent(series, RULE) == pytest.approx([25.0])
    assert cover_percent(series, CloudRule(pixel_percent=0.5)) == pytest.approx([35.0])


def test_a_month_is_the_mean_of_its_clear_dates_and_dated_by_them(make):
    series = make.series(
        ["2021-05-02", "2021-05-12", "2021-05-30"], side=20, cloud=[0.0, 0.05, 0.5]
    )
    series.values[:, 3] = np.array([3000, 5000, 9000])[:, None, None]
    monthly, described = months(series, RULE)
    np.testing.assert_allclose(monthly[4, :, 7, 7], [0.05, 0.06, 0.07, 0.40], atol=1e-7)
    may = described[4]
    assert (may.present, may.acquisitions, may.used) == (True, 3, 2)
    assert may.date == dt.date(2021, 5, 7)
    assert may.cover_percent == pytest.approx(2.5)  # exactly 5 % is still clear
    assert may.reason is None


def test_absent_months_are_nan_and_say_why(make):
    series = make.series(["2021-01-02", "2021-01-12", "2021-02-01"], cloud=[1.0, 0.63, 0.2])
    monthly, described = months(series, RULE)
    assert np.isnan(monthly).all()
    assert not any(month.present for month in described)
    assert described[0].reason == (
        "cloudy: the clearest of 2 acquisitions has 63 % cloud; at most 5 % are allowed"
    )
    assert described[1].reason == (
        "cloudy: its one acquisition has 20 % cloud; at most 5 % are allowed"
    )
    assert described[2].reason == "no acquisition"
    assert described[2].cover_percent is None


def test_snow_is_not_called_cloud_and_what_else_covers_is_told(make):
    series = make.series(["2021-01-02", "2021-02-02"], side=20, cloud=[0.1, 0.3])
    snow = np.zeros_like(series.cloud)
    snow[0, 6:] = 100  # cloud covers the first rows
    snow[1, :1] = 100
    series = make.replace(series, snow=snow)
    _, described = months(series, RULE)
    assert described[0].reason == (
        "snow: its one acquisition has 70 % snow, 80 % in all; at most 5 % are allowed"
    )
    assert described[1].reason.startswith("cloudy: its one acquisition has 30 % cloud")


def test_a_gap_is_filled_by_another_clear_date_but_never_invented(make):
    series = make.series(["2021-04-01", "2021-04-11", "2021-06-01"], cloud=[0, 0, 0])
    series.values[0, :, 5, 5] = np.nan
    series.values[1, 0] = 900
    series.values[2, 1, 5, 5:7] = np.nan
    monthly, described = months(series, RULE)
    assert monthly[3, 0, 5, 5] == pytest.approx(0.09)
    assert monthly[3, 0, 5, 6] == pytest.approx(0.07)
    assert described[3].present
    assert np.isnan(monthly[5]).all()
    assert described[5].reason == "gaps: 2 pixels have no data on any clear date"


def test_the_offset_of_each_date_is_its_own(make):
    series = make.series(["2021-12-20", "2022-01-20"], cloud=[0, 0])
    series.values[1] += 1000
    series = make.replace(series, offsets=np.array([0, 1000], np.float32))
    monthly, _ = months(series, RULE)
    np.testing.assert_allclose(monthly[0], monthly[11], atol=1e-7)


def test_a_month_of_cloud_that_the_masks_missed_is_used_and_reported(make):
    series = make.series(["2021-01-05", "2021-02-05"], cloud=[0, 0])
    series.values[0, 0] = 8900
    series.values[1, 2] = -50
    monthly, described = months(series, RULE)
    assert described[0].present
    assert np.isfinite(monthly[0]).all()
    assert "bright" in described[0].reason
    assert "0.89" in described[0].reason
    assert "dark" in described[1].reason


def test_without_masks_every_date_with_data_is_kept(make):
    series = make.series(["2021-01-05", "2021-01-15", "2021-02-05"])
    series.values[0, :, :20] = np.nan  # half a swath
    series.values[2] = np.nan
    _, described = months(series, RULE)
    assert (described[0].present, described[0].used) == (True, 2)
    assert (described[1].present, described[1].reason) == (
        False,
        "gaps: its one acquisition has no data at all",
    )


def test_years_meet_in_their_calendar_month_and_keep_the_season(make):
    series = make.series(["2020-02-29", "2021-02-10", "2021-02-20", "2020-08-15"], cloud=[0] * 4)
    _, described = months(series, RULE)
    assert described[1].used == 3
    assert described[1].date == dt.date(2021, 2, 19)  # mean of the 10th, 20th and 28th
    assert described[7].date == dt.date(2020, 8, 15)


def test_a_date_of_another_year_keeps_its_day(make):
    days = ["2017-10-31", "2018-10-31", "2018-07-31", "2017-07-29"]
    days += ["2020-02-29", "2018-02-26", "2018-02-26"]
    _, described = months(make.series(days, cloud=[0] * len(days)), RULE)
    assert described[9].date == dt.date(2018, 10, 31)
    assert described[6].date == dt.date(2018, 7, 30)
    assert described[1].date == dt.date(2018, 2, 27)  # mean of 26, 26 and, without a 29th, 28
