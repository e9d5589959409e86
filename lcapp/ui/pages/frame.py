"""The frame of every page: what a page is, and what the pages that show a scene share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from lcapp.errors import LcappError
from lcapp.sensors import HEIGHTS
from lcapp.types import Prepared
from lcapp.types.prediction import Prediction
from lcapp.ui.parts.banner import banner
from lcapp.ui.parts.run import run_button
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache, runs, state
from lcapp.ui.session.runs import Choice
from lcapp.ui.session.sidebar import choose_model, choose_place, demo_scenes
from lcapp.ui.session.state import Keys

Needed = TypeVar("Needed")


@dataclass(frozen=True)
class Page(Generic[Needed]):
    """A page.

    Attributes:
        title: In the navigation; in small letters, of the address and of the widgets' keys.
        icon: Streamlit's name of it.
        needs: What the frame draws and finds out before the page: `nothing` or `a_result`.
        draw: Draws the page.
    """

    title: str
    icon: str
    needs: Callable[[Keys], Needed]
    draw: Callable[[Keys, Needed], None]

    @property
    def name(self) -> str:
        """Of the address and of the widgets' keys."""
        return self.title.lower().replace("-", "_").replace(" ", "_")

    def show(self) -> None:
        """Draw the page in its frame; what is wrong gets a sentence."""
        st.html(_STYLE)
        keys = Keys(self.name)
        try:
            self.draw(keys, self.needs(keys))
        except LcappError as error:
            st.error(str(error), icon=":material/error:")


@dataclass(frozen=True, eq=False)
class Shown:
    """What a page about one scene shows.

    Attributes:
        choice: Scene, model and settings.
        ready: The scene as the model takes it; None where it cannot be run.
        prediction: The result, once there is one.
        renewed: The view comes from elsewhere than this page's widgets, which follow it.
    """

    choice: Choice
    ready: Prepared | None
    prediction: Prediction | None
    renewed: bool


def nothing(keys: Keys) -> None:
    """For pages that are about no scene."""
    state.arrived(keys)


def a_result(keys: Keys) -> Shown:
    """Scene, model and settings in the sidebar; the run's line and its banner above the page."""
    view, renewed = state.opened(state.arrived(keys))
    with st.sidebar:
        st.markdown("### lcapp :gray[land cover]")
        view, collection, scene = choose_place(view, keys, renewed)
        view, config = choose_model(view, keys, renewed)
    view = state.with_month(view, keys, renewed)
    state.keep(view)
    choice = runs.opened(view, collection, scene, config)
    ready, refusal = _ready(choice, keys)
    task = runs.find(choice)
    prediction = None if task is None else task.result
    _heading(choice, ready)
    with st.container():  # always there: what comes and goes in it must not move the map
        if prediction is not None:
            banner(prediction, config, heights=bool(scene.holds & HEIGHTS))
        if refusal is not None:
            st.error(f"This patch cannot be run like this: {refusal}", icon=":material/error:")
        if task is not None and task.state == "running":
            with st.container(border=True):
                progress(task, keys("cancel"))
        outcome(task)
    return Shown(choice, ready, prediction, renewed)


def _ready(choice: Choice, keys: Keys) -> tuple[Prepared | None, LcappError | None]:
    """The scene as the model takes it, and the button to run it; or why it cannot be run."""
    try:
        ready = cache.prepared(
            choice.scene, choice.config, choice.key.collection, choice.scene.id, choice.key.bundle
        )
    except LcappError as error:
        return None, error
    try:
        with st.sidebar:
            run_button(choice, ready, keys)
    except LcappError as error:
        return ready, error
    return ready, None


def _heading(choice: Choice, ready: Prepared | None) -> None:
    scene, grid = choice.scene, choice.scene.grid
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    told = next((demo for demo in demo_scenes(choice.view) if demo.id == scene.id), None)
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


_STYLE = """<style>
.stMainBlockContainer { padding: 2.2rem 2.5rem 4rem; }
.stMainBlockContainer h3 { padding: 0; }
</style>"""
"""Streamlit leaves 6 rem above a page; on a projector that is a third of the map."""
