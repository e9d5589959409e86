"""The address and the view say the same."""

from dataclasses import fields

import pytest
from streamlit.testing.v1 import AppTest

from lcapp.types import Units
from lcapp.ui.session.state import IN_ADDRESS, SETTINGS, UNITS, View, from_query, to_query

FULL = View(
    *("/tmp/c", "D1/IMG_1", "tiny", "dpm++", 25, 7),
    guide=0.25,
    noise=0.5,
    month=4,
    units=Units("percent", heights="feet"),
    stage=5,
    head=2,
    pixel=(-2.5, 48.1234567),
    composite="NDVI",
    safe=True,
    shown="crops",
    layers="aerial~100.superres~40",
    hidden="0.4",
    beside=True,
)


def test_an_address_reopens_the_view_it_was_written_from() -> None:
    query = to_query(FULL)
    assert query == {
        "collection": "/tmp/c",
        "scene": "D1/IMG_1",
        "model": "tiny",
        "sampler": "dpm++",
        "steps": "25",
        "seed": "7",
        "guide": "0.25",
        "noise": "0.5",
        "month": "4",
        "series-unit": "percent",
        "height-unit": "feet",
        "stage": "5",
        "head": "2",
        "pixel": "-2.5000000,48.1234567",
        "composite": "NDVI",
        "safe": "True",
        "shown": "crops",
        "layers": "aerial~100.superres~40",
        "hidden": "0.4",
        "beside": "True",
    }
    assert from_query(query) == FULL


def test_what_the_address_leaves_out_stays_as_it_was() -> None:
    assert from_query({"seed": "3"}, View(collection="/x")) == View(collection="/x", seed=3)
    assert "month" not in to_query(View())


@pytest.mark.parametrize(
    "query",
    [
        {"guide": "1.5"},
        {"guide": "nan"},
        {"noise": "-1"},
        {"steps": "0"},
        {"steps": "1000"},
        {"steps": "ten"},
        {"steps": "-3"},
        {"steps": "²"},
        {"seed": "1e3"},
        {"seed": "9" * 5000},
        {"steps": "9" * 5000},
        {"month": "9" * 5000},
        {"steps": "nan"},
        {"seed": "1e999"},
        {"month": "-inf"},
        {"month": "13"},
        {"stage": "6"},
        {"head": "65"},
        {"pixel": "181.0,2.0"},
        {"pixel": "2.0,91.0"},
        {"pixel": "nan,inf"},
        {"pixel": "2.0"},
        {"pixel": "48,2"},
        {"composite": "sepia"},
        {"safe": "1"},
        {"layers": "aerial~200"},
        {"layers": "clouds~70"},
        {"beside": "1"},
        {"hidden": "a"},
        {"sampler": "euler"},
        {"scene": ""},
        {"series-unit": "cubits"},
        {"mask-unit": "reflectance"},
        {"unknown": "1"},
    ],
)
def test_a_value_that_makes_no_sense_is_passed_over(query: dict[str, str]) -> None:
    assert from_query(query) == View()


def test_a_page_shows_the_same_after_a_visit_to_another() -> None:
    def visit() -> None:
        import streamlit as st

        from lcapp.ui.session import state

        keys = state.Keys("other" if st.session_state.get("elsewhere") else "this")
        arrived = state.arrived(keys)
        if st.session_state.get("elsewhere"):
            st.query_params.clear()
        else:
            view, renewed = state.opened(arrived)
            state.keep(view)
            st.session_state["seen"] = (view, renewed)

    page = AppTest.from_function(visit)
    page.query_params["steps"] = "7"
    page.query_params["scene"] = "S"
    page.run()
    page.session_state["elsewhere"] = True
    page.run()
    page.session_state["elsewhere"] = False
    page.run()
    assert page.session_state["seen"] == (View(scene="S", steps=7), True)
    assert page.query_params["steps"] in ("7", ["7"])
    page.run()
    assert page.session_state["seen"] == (View(scene="S", steps=7), False)


def test_every_field_of_the_view_has_its_line_among_the_parameters() -> None:
    units, of_b = {one.option for one in UNITS}, {f"b-{name}" for name in SETTINGS}
    assert {*IN_ADDRESS} == ({one.name for one in fields(View)} - {"units", "b"}) | units | of_b


@pytest.mark.parametrize(
    ("name", "value", "expected", "instead"),
    [
        ("stage", "9", "a whole number from 1 to 5", "what the page chooses by itself"),
        ("sampler", "x", "one of ", "what the page chooses by itself"),
        ("seed", "-1", "a whole number from 0 to 2147483647", "0"),
        ("guide", "1.5", "a number from 0 to 1", "1.0"),
    ],
)
def test_nonsense_in_the_address_is_refused_in_a_sentence(
    name: str, value: str, expected: str, instead: str
) -> None:
    page = AppTest.from_function(_address)
    page.query_params[name] = value
    page.run()
    (said,) = [str(one) for one in page.session_state["said"]]
    assert said.startswith(f"“{name}={value}” in the address is not used: expected ")
    assert expected in said
    assert said.endswith(f"used instead: {instead}.")
    page.query_params[name] = to_query(FULL)[name]
    page.run()
    assert not page.session_state["said"], "the address makes sense now"


def test_a_setting_that_there_is_not_is_said_and_taken_out_of_the_address() -> None:
    page = AppTest.from_function(_address)
    page.query_params["zoom"] = "9" * 200
    page.run()
    page.run()
    (said,) = [str(one) for one in page.session_state["said"]]
    assert (
        said == f"“zoom={'9' * 60}…” in the address is no setting of this app and changes nothing."
    )
    assert "zoom" not in page.query_params


def test_the_language_of_the_address_stays_when_another_page_leaves_it_out() -> None:
    page = AppTest.from_function(_address)
    page.query_params["lang"] = "fr"
    page.run()
    assert page.session_state["language"] == "fr"
    del page.query_params["lang"]
    page.run()
    assert page.session_state["language"] == "fr"
    assert page.query_params["lang"] in ("fr", ["fr"])
    page.query_params["lang"] = "xx"
    page.run()
    (said,) = [str(one) for one in page.session_state["said"]]
    assert "lang=xx" in said
    assert "en, fr" in said
    assert page.session_state["language"] == "fr", "what it was before"


def _address() -> None:
    import streamlit as st

    from lcapp.language import current
    from lcapp.ui.session import address, reader, state

    reader.opened()
    address.refuse_unknown((*state.IN_ADDRESS, *reader.NAMES))
    view, _ = state.opened(state.arrived(state.Keys("this")))
    state.keep(view)
    st.session_state["said"] = list(address.refusals().values())
    st.session_state["language"] = current()
