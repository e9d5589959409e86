"""Choosing a place anywhere: its coordinates, what it will cost, the fetch that is asked for."""

import threading
from dataclasses import replace

import streamlit as st

from lcapp.errors import SceneError
from lcapp.scene.services.fetch import Fetched, fetch_place, on_disk
from lcapp.scene.services.place import SOURCE, Place, parse_place
from lcapp.types import Progress
from lcapp.ui.parts.plain import plain
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache
from lcapp.ui.session.state import Keys
from lcapp.ui.session.tasks import Kind, Tell

_SIZES = (102.4, 204.8, 409.6)
"""Metres: from FLAIR's patch to what a page shows at once."""

_EXAMPLE = "6.12, 48.69"


def _told(now: Progress) -> str:
    return f"{now.done / 1e6:,.1f} of about {now.total / 1e6:,.0f} MB"


FETCH: Kind[str, Fetched] = Kind(
    name="fetch",
    computes=False,
    kept=8,
    begins="Asking the services",
    told=_told,
    cancelled="Cancelled. What was fetched is kept: the next fetch goes on from there.",
)


def choose_place(own: str, keys: Keys, renewed: bool) -> str:
    """A place that is on this disk; until there is one the page ends here.

    Args:
        own: The place that the view shows, as a source; "" for none.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.

    Raises:
        SceneError: What was typed is no place, or none that a service covers.
    """
    before, shown, wrong = None, ", ".join(own.removeprefix(SOURCE).split(",")[:2]), None
    try:
        before = parse_place(own) if own else None
    except SceneError as error:  # after the field in which it can be corrected
        wrong = error
    if before is not None:
        shown = f"{before.lon:.9g}, {before.lat:.9g}"
    size = _SIZES[0] if before is None else before.size
    year = "" if before is None or before.year is None else str(before.year)
    where = st.text_input(
        "Longitude, latitude in degrees",
        key=keys.holding("where", shown, renewed),
        placeholder=_EXAMPLE,
    )
    left, right = st.columns(2)
    side = left.selectbox(
        "Side in metres",
        sorted({*_SIZES, size}),
        key=keys.holding("size", size, renewed),
        format_func="{:g}".format,
    )
    named = right.text_input(
        "Year of the series",
        key=keys.holding("year", year, renewed),
        placeholder="that of the flight",
    ).strip()
    if wrong is not None and (where, side, named) == (shown, size, year):
        raise wrong
    if not where.strip():
        st.info("Type a place; nothing is asked of any server before you press the button.")
        st.stop()
    where = where.replace(" ", "")
    place = parse_place(f"{SOURCE}{where},size={side}" + (f",year={named}" if named else ""))
    assert place is not None
    if before is not None:  # what a link says beyond the three widgets stays
        place = replace(place, flight=before.flight, all_bands=before.all_bands, dates=before.dates)
    if on_disk(place) is None:
        _fetch(place, keys)
        st.stop()
    return place.text


def _fetch(place: Place, keys: Keys) -> None:
    """What it will cost, and the button; or how far it is."""
    task = cache.tasks().find(FETCH, place.text)
    if task is not None and task.state == "running":
        progress(task, keys("stop_fetch"))
        return
    outcome(task)
    west, south, east, north = place.grid.bounds
    megabytes = place.expected_bytes() / 1e6
    st.caption(
        plain(
            f"{east - west:.0f} x {north - south:.0f} m around {place.lon:.5f}, {place.lat:.5f} "
            f"({place.grid.crs}): from {place.aerial.name} ({place.aerial.credit}, "
            f"{place.aerial.licence}) and {place.series.name}."
        )
    )

    def work(tell: Tell, cancel: threading.Event) -> Fetched:
        return fetch_place(place, on_progress=tell, cancel=cancel)

    if st.button(f"Fetch, about {megabytes:.0f} MB", key=keys("fetch"), type="primary"):
        cache.tasks().start(FETCH, place.text, work, again=True)
        st.rerun()
