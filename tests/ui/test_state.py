"""The address and the view say the same."""

import pytest

from lcapp.ui.session.state import View, from_query, to_query

FULL = View("/tmp/c", "D1/IMG_1", "tiny", "dpm++", 25, 7, 4, pixel=(2.0, 48.0))


def test_an_address_reopens_the_view_it_was_written_from() -> None:
    query = to_query(FULL)
    assert query == {
        "collection": "/tmp/c",
        "scene": "D1/IMG_1",
        "model": "tiny",
        "sampler": "dpm++",
        "steps": "25",
        "seed": "7",
        "month": "4",
    }
    assert from_query(query, View(pixel=(2.0, 48.0))) == FULL


def test_what_the_address_leaves_out_stays_as_it_was() -> None:
    assert from_query({"seed": "3"}, View(collection="/x")) == View(collection="/x", seed=3)
    assert "month" not in to_query(View())


@pytest.mark.parametrize(
    "query",
    [
        {"steps": "0"},
        {"steps": "1000"},
        {"steps": "ten"},
        {"steps": "-3"},
        {"steps": "²"},
        {"seed": "1e3"},
        {"month": "13"},
        {"sampler": "euler"},
        {"scene": ""},
        {"unknown": "1"},
    ],
)
def test_a_value_that_makes_no_sense_is_passed_over(query: dict[str, str]) -> None:
    assert from_query(query) == View()
