"""The frame of every page: what a page is, and what the pages that show a scene share."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

import streamlit as st

from lcapp.errors import LcappError, SceneError
from lcapp.families.family import Model
from lcapp.language import tr
from lcapp.scene.collection import Collection
from lcapp.sensors import AERIAL
from lcapp.types import Prediction
from lcapp.ui.parts.banner import banner
from lcapp.ui.parts.choice.model import choose_model, run_button
from lcapp.ui.parts.choice.scene import choose_scene, demo_scenes
from lcapp.ui.parts.choice.units import notes_and_units
from lcapp.ui.parts.compare.pin import pin
from lcapp.ui.parts.plain import plain, refusal
from lcapp.ui.parts.reading import heading, refusals
from lcapp.ui.parts.task import under_way
from lcapp.ui.session import cache, state
from lcapp.ui.session.state import Keys, View
from lcapp.ui.session.work import runs
from lcapp.ui.session.work.runs import Choice
from lcapp.views.months import Year

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
        with st.sidebar:
            heading()
        keys = Keys(self.name)
        refused = st.container()  # above the page, which may find more that does not fit
        try:
            needed = self.needs(keys)
            with st.container(key=keys("body")):
                self.draw(keys, needed)
        except LcappError as error:
            refusal(error)
        finally:
            with refused:
                refusals()


@dataclass(frozen=True, eq=False)
class Shown:
    """What a page about one scene shows.

    Attributes:
        choice: Scene, model and settings; of the result where there is one.
        year: The months as Sentinel-2 measured them; None without a series.
        prediction: The result, once there is one.
        renewed: The view comes from elsewhere than this page's widgets, which follow it.
    """

    choice: Choice
    year: Year | None
    prediction: Prediction | None
    renewed: bool


def nothing(keys: Keys) -> None:
    """For pages that are about no scene."""
    state.arrived(keys)


def a_result(keys: Keys) -> Shown:
    """Scene, model and settings in the sidebar; the run's line and its banner above the page."""
    view, renewed = state.opened(state.arrived(keys))
    body = st.container()
    with st.sidebar:
        view, collection, header = choose_scene(view, keys, renewed, body)
        view, model = choose_model(view, header.holds, keys, renewed)
        view = state.with_month(view, keys, renewed)
        state.keep(view)
    choice = _read(view, collection, model, keys)
    with st.sidebar:
        lack = _offer(choice, keys)
    year = None
    with suppress(SceneError):  # a series beyond the patch: who reads it has been told
        year = cache.year(choice.scene, choice.key.content)
    task = runs.find(choice)
    prediction = None if task is None else task.result
    kept = runs.latest(choice, prediction)
    scene_heading(choice, year, keys, prediction is not None)
    with st.container():  # always there: what comes and goes in it must not move the map
        if prediction is not None:
            banner(prediction, heights=header.has_ndsm)
        if lack is not None:
            refusal(lack, tr("This patch cannot be run like this: "))
        under_way(task, keys("cancel"), seen=prediction is not None)
        if kept is not None:
            now = choice
            choice, prediction = kept
            banner(prediction, heights=header.has_ndsm)
            st.info(
                tr(
                    "The settings have changed. What is shown below, dimmed, is still the result "
                    "of **{settings}**, until the new run is done.",
                    settings=plain(runs.told(choice)),
                ),
                icon=":material/history:",
            )
            pin(choice, now)
            st.html(f"<style>.st-key-{keys('body')} {{ opacity: .7; }}</style>")
    return Shown(choice, year, prediction, renewed)


def _read(view: View, collection: Collection, model: Model, keys: Keys) -> Choice:
    """What has been chosen; of a scene that cannot be read, what is wrong with it ends the page."""
    try:
        with st.sidebar, st.spinner(tr("Reading the scene")):
            choice = runs.opened(view, collection, model)
    except SceneError as error:
        unreadable(error, view, keys)
    return choice


def unreadable(error: SceneError, view: View, keys: Keys) -> NoReturn:
    """Say what is wrong with a scene, where its units can be stated, and end the page."""
    refusal(error)
    notes_and_units(view, (), keys, refused=True)
    st.stop()


def _offer(choice: Choice, keys: Keys) -> LcappError | None:
    """Draw the button to run it; why it cannot be run."""
    try:
        run_button(choice, runs.prepared(choice), keys)
    except LcappError as error:
        return error
    return None


def scene_heading(choice: Choice, year: Year | None, keys: Keys, result: bool = False) -> None:
    """What the scene is called, what it has, where it lies, and what was assumed of its files.

    Args:
        choice: The scene.
        year: Its months as measured; None without a series.
        keys: Of the page.
        result: There is one, which can be pinned to be compared.
    """
    scene, grid, aerial = choice.scene, choice.scene.grid, choice.scene.images.get(AERIAL)
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    told = next((demo for demo in demo_scenes(choice.view) if demo.id == scene.id), None)
    line.markdown(f"### {tr(told.title) if told else plain(scene.id)}", width="content")
    if scene.simulated:
        line.badge(tr("simulated scene"), icon=":material/science:", color="orange")
    header = choice.collection.header(scene.id)
    line.badge(tr("with reference") if header.has_reference else tr("no reference"), color="gray")
    line.badge(tr("with heights") if header.has_ndsm else tr("no heights"), color="gray")
    with line:
        notes_and_units(choice.view, scene.notes, keys)
    if result:
        with line:
            pin(choice)
    if told is not None:
        st.markdown(tr(told.story))
    if aerial is None:
        flown = tr("no aerial image")
    elif aerial.date is None:
        flown = tr("date of flight not known")
    else:
        flown = tr("flown {day:long}", day=aerial.date)
    facts = [
        f"{plain(choice.collection.name)} ({choice.collection.kind})",
        plain(grid.crs),
        tr(
            "{width:.1f} × {height:.1f} m at {gsd:.2f} m",
            width=grid.width * grid.gsd,
            height=grid.height * grid.gsd,
            gsd=grid.gsd,
        ),
        flown,
    ]
    if told:
        facts.insert(0, plain(scene.id))
    if year is not None:
        facts.append(tr("{n} of 12 months present", n=year.present))
    st.caption(" · ".join(facts))
