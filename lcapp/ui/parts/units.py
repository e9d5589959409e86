"""What the numbers of a folder's files mean: what was assumed, and where a person states it."""

from collections.abc import Sequence

import streamlit as st

from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.scene_choice import is_folder
from lcapp.ui.session.state import UNITS, Keys, View

_WORDS = {"auto": "as its tags and values say", "percent": "per cent"}


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
        f"What had to be assumed of its files ({len(notes)})" if notes else "Units of its files"
    )
    with st.expander(assumed, expanded=refused):
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
                one.help[:1].upper() + one.help[1:],
                one.choices,
                key=key,
                format_func=lambda value: _WORDS.get(value, value.replace("-", " ")),
            )
