"""What the numbers of a folder's files mean: what was assumed, and where a person states it."""

from collections.abc import Sequence

import streamlit as st

from lcapp.language import message, tr
from lcapp.ui.parts.choice.scene import is_folder
from lcapp.ui.parts.plain import plain
from lcapp.ui.session.state import UNITS, Keys, View

_WORDS = {
    "auto": message("as its tags and values say"),
    "reflectance": message("reflectance"),
    "percent": message("per cent"),
    "digital-numbers": message("digital numbers"),
    "share": message("share"),
    "metres": message("metres"),
    "decimetres": message("decimetres"),
    "centimetres": message("centimetres"),
    "feet": message("feet"),
}
_TITLES = {
    "series-unit": message("Unit of the Sentinel-2 series"),
    "mask-unit": message("Unit of the snow and cloud masks"),
    "height-unit": message("Unit of the heights"),
}


def notes_and_units(view: View, notes: Sequence[str], keys: Keys, refused: bool = False) -> None:
    """What had to be assumed of a scene's files, and widgets for the units among it.

    What they are set to is taken up by the next run of the page (`state.with_units`).

    Args:
        view: The choice.
        notes: Of the scene.
        keys: Of the page.
        refused: The scene could not be read; perhaps since a unit is not told.
    """
    stated = is_folder(view)
    if not (notes or stated):
        return
    assumed = (
        tr("What had to be assumed of its files ({n})", n=len(notes))
        if notes
        else tr("Units of its files")
    )
    # In the heading's line it takes none of the map's room.
    with st.expander(assumed, expanded=True) if refused else st.popover(assumed):
        if notes:
            st.markdown("\n".join(f"- {plain(note)}" for note in notes))
        if not stated:
            return
        line = st.container(horizontal=True)
        for one in UNITS:
            key = keys(one.option)
            # Not what the widget held: of another folder nothing is stated any more.
            st.session_state[key] = one.of(view.units)
            line.selectbox(
                tr(_TITLES[one.option]),
                one.choices,
                key=key,
                format_func=lambda value: tr(_WORDS[value]),
            )
