"""Fetching a place: what it will cost, the button, and the months as they arrive."""

import threading

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lcapp.language import message, tr, trn
from lcapp.scene.services.fetch import fetch_place
from lcapp.scene.services.here import Fetched, arrived
from lcapp.scene.services.kept.cost import cost
from lcapp.scene.services.place import Place
from lcapp.types import Progress
from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache
from lcapp.ui.session.state import Keys
from lcapp.ui.session.work.tasks import Kind, Task, Tell
from lcapp.views.imagery import series_rgba

_WIDE = 96
"""Pixels of a date's picture on the page."""


def told(now: Progress) -> str:
    """How far a fetch is."""
    return tr("{done:,.1f} of about {total:,.0f} MB", done=now.done / 1e6, total=now.total / 1e6)


FETCH: Kind[str, Fetched] = Kind(
    name=message("fetch"),
    computes=False,
    kept=8,
    begins=message("Asking the services"),
    told=told,
    cancelled=message("Cancelled. What was fetched is kept: the next fetch goes on from there."),
)


def fetching(place: Place, keys: Keys, body: DeltaGenerator) -> None:
    """What it will cost, and the button; or how far it is, and what has come.

    Args:
        place: Which is not here yet.
        keys: Of the page.
        body: The middle of the page, where what has come is shown.
    """
    task = cache.tasks().find(FETCH, place.text)
    if task is not None and task.state == "running":
        progress(task, keys("stop_fetch"))
        with body:
            st.fragment(_arriving, run_every=1.0)(task, place)
        return
    outcome(task)
    west, south, east, north = place.grid.bounds
    st.caption(
        plain(
            tr(
                "{width:.0f} x {height:.0f} m around {lon}, {lat} ({crs}): from {aerial} "
                "({credit}, {licence}) and {series}.",
                width=east - west,
                height=north - south,
                lon=f"{place.lon:.5f}",
                lat=f"{place.lat:.5f}",
                crs=place.grid.crs,
                aerial=place.aerial.name,
                credit=place.aerial.credit,
                licence=place.aerial.licence,
                series=place.series.name,
            )
        )
    )
    takes = cost(place)
    if takes.seconds is None:
        st.caption(tr("As the services declare it; how long it takes, the first fetch will tell."))
    else:
        st.caption(
            trn(
                "About {seconds:.0f} s, measured by {n} fetch from here.",
                "About {seconds:.0f} s, measured by {n} fetches from here.",
                takes.fetches,
                seconds=takes.seconds,
            )
        )

    def work(tell: Tell, cancel: threading.Event) -> Fetched:
        return fetch_place(place, on_progress=tell, cancel=cancel)

    label = tr("Fetch, about {megabytes:.0f} MB", megabytes=takes.bytes / 1e6)
    if st.button(label, key=keys("fetch"), type="primary"):
        cache.tasks().start(FETCH, place.text, work, again=True)
        st.rerun()


def _arriving(task: Task[Fetched], place: Place) -> None:
    """Dates whose bands have come; the page of the scene follows the last of them."""
    if task.state != "running":
        return  # the line of the task runs the page again
    dates = arrived(place)
    st.markdown("#### " + trn("{n} clear date has come", "{n} clear dates have come", len(dates)))
    if dates:
        pictures = [series_rgba(values, place.bands) for _, values in dates]
        st.image(pictures, caption=[day for day, _ in dates], width=_WIDE)
