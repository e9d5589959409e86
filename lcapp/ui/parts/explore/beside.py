"""The reference beside the map, beneath one camera."""

from dataclasses import replace

import streamlit as st

from lcapp.language import tr
from lcapp.types import LandCover
from lcapp.ui.components.panes import compare
from lcapp.ui.parts.explore.answer import reference_of
from lcapp.ui.session import state
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.runs import Choice
from lcapp.views.explore.beside import AT_FIRST, reference_panes
from lcapp.views.layers import Look
from lcapp.views.panes import Arrangement, fitting, to_text


def reference_beside(
    choice: Choice, cover: LandCover, look: Look, keys: Keys, renewed: bool
) -> None:
    """A switch, and with it the map, the labels and where they differ; nothing without labels.

    Args:
        choice: What has been chosen.
        cover: The map.
        look: How it is drawn.
        keys: Of the page.
        renewed: The view comes from elsewhere: the switch and the pictures follow.
    """
    reference = reference_of(choice, cover)
    if reference is None:
        return
    view = state.current()
    shown = st.toggle(
        tr("Reference beside the map"), key=keys.holding("beside", bool(view.beside), renewed)
    )
    state.keep(replace(state.current(), beside=shown or None))
    if not shown:
        return
    if renewed or keys("start") not in st.session_state:
        # What the pictures begin with: what a reader makes of them comes back from there.
        version, _ = st.session_state.get(keys("start"), (0, None))
        st.session_state[keys("start")] = (version + 1, view.panes)
    version, begun = st.session_state[keys("start")]
    panes = reference_panes(choice.scene, cover, reference, look)
    compare(
        panes,
        choice.scene.grid,
        key=keys("panes"),
        name=choice.scene.id,
        start=fitting(begun, [one.id for one in panes], AT_FIRST),
        version=version,
        on_change=_arranged,
    )


def _arranged(found: Arrangement) -> None:
    state.keep(replace(state.current(), panes=to_text(found)))
