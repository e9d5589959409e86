"""Texts, numbers and dates come in the language of whoever reads."""

import datetime as dt
import threading

import numpy as np
import pytest

from lcapp.language import current, day_and_month, month_name, number, speaking, tr, trn

DAY = dt.date(2021, 8, 4)


def test_english_is_spoken_where_nobody_says_otherwise() -> None:
    assert current() == "en"
    assert tr("Explore") == "Explore"
    assert tr("{share:.1%} of {area:,.0f} m²", share=0.1234, area=12345.6) == "12.3% of 12,346 m²"


def test_a_text_comes_in_the_language_that_is_spoken_and_else_in_english() -> None:
    with speaking("fr"):
        assert tr("Explore") == "Explorer"
        assert tr("no such text {n}", n=1) == "no such text 1"
    assert tr("Explore") == "Explore"


def test_a_language_is_a_matter_of_the_context_and_not_of_the_process() -> None:
    heard = []
    with speaking("fr"):
        other = threading.Thread(target=lambda: heard.append(tr("Explore")))
        other.start()
        other.join()
    assert heard == ["Explore"]


def test_numbers_are_written_as_the_language_does() -> None:
    with speaking("fr"):
        assert number(1234.5, ",.1f") == "1\u202f234,5"
        assert number(0.123, ".1%") == "12,3\xa0%"
        assert number(np.float32(0.5), ".2f") == "0,50"
        assert tr("{a} {b:,} {c:.1f} {d}", a=2021, b=2021, c=-0.25, d=True) == (
            "2021 2\u202f021 -0,2 True"
        )
    assert number(1234.5, ",.1f") == "1,234.5"


def test_months_and_days_are_named_as_the_language_does() -> None:
    assert [month_name(9), month_name(9, short=True), day_and_month(DAY)] == [
        *("September", "Sep", "4 Aug"),
    ]
    assert tr("{day:long}, {day:short}, {day}", day=DAY) == "4 August 2021, 4 Aug 2021, 2021-08-04"
    with speaking("fr"):
        assert [month_name(8), month_name(9, short=True), day_and_month(DAY)] == [
            *("août", "sept.", "4 août"),
        ]
        assert tr("{day:long}", day=DAY) == "4 août 2021"


def test_one_and_many() -> None:
    def told(n: int) -> str:
        return trn("{n} month of {of}", "{n} months of {of}", n, of=12)

    assert [told(0), told(1), told(2)] == ["0 months of 12", "1 month of 12", "2 months of 12"]


def test_a_language_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of en, fr, got 'de'"), speaking("de"):
        pass
