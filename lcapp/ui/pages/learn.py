"""The page Learn: from two sensors to a map, in six steps that are moved by hand."""

import streamlit as st

from lcapp.language import message, tr
from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.lessons.diffusion import into_noise, out_of_noise
from lcapp.ui.parts.lessons.frame import Board, numbered, see
from lcapp.ui.parts.lessons.fusion import attention, fusion
from lcapp.ui.parts.lessons.paper import on_paper
from lcapp.ui.parts.lessons.sensors import the_gap, two_sensors
from lcapp.ui.session import state
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work import learning
from lcapp.views.learn.lessons import COUNT

_STEPS = (two_sensors, the_gap, into_noise, out_of_noise, attention, fusion)

_WIDGETS = (
    "lesson", "month", "what", "toy", "long_way", "other_seed", "toy_steps", "stage", "head",
)  # fmt: skip
"""They hold what the view says, and follow it."""


def _draw(keys: Keys, shown: Shown) -> None:
    lack = learning.lack_of(shown.choice, shown.prediction)
    if lack is not None:
        st.info(lack)
        return
    if shown.renewed:
        for name in _WIDGETS:
            st.session_state.pop(keys(name), None)
    if shown.renewed or keys("start") not in st.session_state:
        _begin(keys)
    _step(shown, keys)


def _begin(keys: Keys) -> None:
    """What the sliders begin with: they follow an address, and stay otherwise."""
    version, _ = st.session_state.get(keys("start"), (0, None))
    st.session_state[keys("start")] = (version + 1, state.current())


@st.fragment
def _step(shown: Shown, keys: Keys) -> None:
    st.html(_STYLE)
    prediction = shown.prediction
    assert prediction is not None
    number = st.segmented_control(
        tr("Step"),
        range(1, COUNT + 1),
        key=keys.holding("lesson", state.current().lesson or 1),
        format_func=numbered,
        required=True,
        on_change=_begin,
        args=(keys,),
        label_visibility="collapsed",
    )
    number = int(number or 1)
    see(lesson=number)
    version, begun = st.session_state[keys("start")]
    one = Board(shown.choice, prediction, keys, begun, version)
    with st.container(key=keys(f"step_{number}")):
        _STEPS[number - 1](one)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for other, icon in ((number - 1, "arrow_back"), (number + 1, "arrow_forward")):
            if 1 <= other <= COUNT:
                st.button(
                    numbered(other),
                    key=keys(f"to_{icon}"),
                    icon=f":material/{icon}:",
                    on_click=_go,
                    args=(keys, other),
                )
    on_paper(one)


def _go(keys: Keys, number: int) -> None:
    st.session_state[keys("lesson")] = number
    _begin(keys)


_STYLE = """<style>
.st-key-learn_body { font-size: 1.1rem; }
.st-key-learn_body [data-testid=stMarkdownContainer] p { font-size: 1.12rem; line-height: 1.45; }
.st-key-learn_body [data-testid=stMarkdownContainer] h4 { font-size: 1.6rem; padding: .4rem 0 0; }
.st-key-learn_step_6 [data-testid=stHorizontalBlock] { flex-wrap: wrap; }
.st-key-learn_step_6 [data-testid=stColumn] { min-width: 22rem; }
</style>"""
"""To be read from the last row; on a narrow page the figure of step 6 goes below its map."""

LEARN = Page(message("Learn"), ":material/school:", needs=a_result, draw=_draw)
