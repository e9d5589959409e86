"""The page Explore: one patch, its maps, its year, and how the result came about."""

import streamlit as st

from lcapp.language import message
from lcapp.ui.pages.frame import Page, Shown, a_result
from lcapp.ui.parts.choice.scene import stories
from lcapp.ui.parts.explore.answer import place_answer
from lcapp.ui.parts.explore.beside import reference_beside
from lcapp.ui.parts.explore.map import chosen_look, hold_layers, map_and_pixel
from lcapp.ui.parts.explore.months import months
from lcapp.ui.parts.explore.report import report
from lcapp.ui.session.state import Keys
from lcapp.views.months import month_to_show


def _draw(keys: Keys, shown: Shown) -> None:
    choice, year, prediction = shown.choice, shown.year, shown.prediction
    month = month_to_show(() if year is None else year.months, choice.view.month)
    hold_layers(keys, shown.renewed)
    answer = st.container()  # of the map that is chosen below it
    look = chosen_look(prediction, keys, shown.renewed)
    if prediction is not None:
        with answer:
            place_answer(choice, prediction, prediction.maps[look.map])
    named = stories(choice.view, choice.scene)
    map_and_pixel(choice, prediction, month, look, keys, named)
    if prediction is not None:
        reference_beside(choice, prediction.maps[look.map], look, keys, shown.renewed)
    if year is not None:
        if shown.renewed:
            st.session_state.pop(keys("month"), None)  # the address says which
        months(choice, year, prediction, month, look.composite, keys)
    if prediction is not None:
        report(choice, prediction, month, look, keys)


EXPLORE = Page(message("Explore"), ":material/map:", needs=a_result, draw=_draw)
