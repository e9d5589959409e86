"""The page Explore: one patch, its map, its year, and how the result came about."""

import streamlit as st

from lcapp.errors import LcappError
from lcapp.sensors import HEIGHTS
from lcapp.types import Prepared
from lcapp.ui.parts.banner import banner
from lcapp.ui.parts.place import look, place
from lcapp.ui.parts.report import report
from lcapp.ui.parts.run import ended_badly, progress, run_button
from lcapp.ui.parts.year import chosen_month, year
from lcapp.ui.session import cache, state
from lcapp.ui.session.sidebar import (
    Choice,
    choose_model,
    choose_place,
    demo_scenes,
    opened,
    start_view,
)


def explore() -> None:
    """Draw the page."""
    st.html(_TIGHT)
    view, renewed = state.opened(start_view())
    try:
        with st.sidebar:
            st.markdown("### lcapp :gray[land cover]")
            view, collection, scene = choose_place(view, renewed)
            view, config = choose_model(view, renewed)
        view = state.with_month(view, renewed)
        state.keep(view)
        choice = opened(view, collection, scene, config)
    except LcappError as error:
        st.error(str(error), icon=":material/error:")
        return
    ready, refusal = _ready(choice)
    job = cache.jobs().find(choice.key)
    prediction = None if job is None else job.prediction
    _heading(choice, ready)
    with st.container():  # always there: what comes and goes in it must not move the map
        if prediction is not None:
            banner(prediction, config, heights=bool(choice.scene.holds & HEIGHTS))
        if refusal is not None:
            st.error(f"This patch cannot be run like this: {refusal}", icon=":material/error:")
        if job is not None and job.state == "running":
            progress(job)
        elif job is not None and prediction is None:
            ended_badly(job)
    month = chosen_month(choice, ready)
    seen = look()
    place(choice, prediction, month, seen)
    if ready is not None:
        year(choice, ready, prediction, month, seen.composite, renewed)
    if prediction is not None:
        report(prediction)


def _ready(choice: Choice) -> tuple[Prepared | None, LcappError | None]:
    """The scene as the model takes it, and the button to run it; or why it cannot be run."""
    try:
        ready = cache.prepared(
            choice.scene, choice.config, choice.key.collection, choice.scene.id, choice.key.bundle
        )
    except LcappError as error:
        return None, error
    try:
        with st.sidebar:
            run_button(choice, ready)
    except LcappError as error:
        return ready, error
    return ready, None


def _heading(choice: Choice, ready: Prepared | None) -> None:
    scene, grid = choice.scene, choice.scene.grid
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    told = next((one for one in demo_scenes(choice.view) if one.id == scene.id), None)
    line.markdown(f"### {told.title if told else scene.id}", width="content")
    if scene.simulated:
        line.badge("simulated scene", icon=":material/science:", color="orange")
    line.badge("with reference" if scene.reference else "no reference", color="gray")
    line.badge("with heights" if scene.holds & HEIGHTS else "no heights", color="gray")
    flown = scene.aerial.date.isoformat() if scene.aerial.date else "date not known"
    if told is not None:
        st.markdown(told.story)
    months = "" if ready is None else f" · {int(ready.present.sum())} of 12 months present"
    st.caption(
        (f"{scene.id} · " if told else "")
        + f"{choice.collection.name} ({choice.collection.kind}) · {grid.crs} · "
        f"{grid.width * grid.gsd:.1f} × {grid.height * grid.gsd:.1f} m at {grid.gsd:.2f} m · "
        f"flown {flown}{months}"
    )


_TIGHT = """<style>
.stMainBlockContainer { padding: 2.2rem 2.5rem 4rem; }
.stMainBlockContainer h3 { padding: 0; }
</style>"""
"""Streamlit leaves 6 rem above a page; on a projector that is a third of the map."""
