"""Choosing a place anywhere: on a map or by its coordinates, and only then what it will cost."""

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lcapp.errors import SceneError
from lcapp.language import tr
from lcapp.scene.services.declared import read_services
from lcapp.scene.services.here import on_disk
from lcapp.scene.services.kept.favourites import favourites
from lcapp.scene.services.place import SOURCE, Place, parse_place, services_file
from lcapp.ui.components.map import choice_map
from lcapp.ui.parts.choice.favourites import choose_favourite, keep_favourites, points
from lcapp.ui.parts.choice.place_fetch import fetching
from lcapp.ui.parts.plain import plain
from lcapp.ui.session.roots import check_folder
from lcapp.ui.session.state import Keys
from lcapp.views.places import Background, places_options

_SIZES = (102.4, 204.8, 409.6)
"""Metres: from FLAIR's patch to what a page shows at once."""

_EXAMPLE = "6.12, 48.69"


def choose_place(own: str, keys: Keys, renewed: bool, body: DeltaGenerator) -> str:
    """A place that is on this disk; until there is one the page ends here.

    Args:
        own: The place that the view shows, as a source; "" for none.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.
        body: The middle of the page, where a map has room.

    Raises:
        SceneError: What was typed is no place, or none that a service covers.
    """
    before, shown, wrong = None, ", ".join(own.removeprefix(SOURCE).split(",")[:2]), None
    try:
        if own:
            check_folder(own)
        before = parse_place(own) if shown else None
    except SceneError as error:  # after the field in which it can be corrected
        wrong = error
    if before is not None:
        shown = f"{before.lon:.9g}, {before.lat:.9g}"
    size = _SIZES[0] if before is None else before.size
    year = "" if before is None or before.year is None else str(before.year)
    choose_favourite(keys)
    where = st.text_input(
        tr("Longitude, latitude in degrees"),
        key=keys.holding("where", shown, renewed),
        placeholder=_EXAMPLE,
    )
    left, right = st.columns(2)
    side = left.selectbox(
        tr("Side in metres"),
        sorted({*_SIZES, size, st.session_state.get(keys("size"), size)}),
        key=keys.holding("size", size, renewed),
        format_func="{:g}".format,
    )
    named = right.text_input(
        tr("Year of the series"),
        key=keys.holding("year", year, renewed),
        placeholder=tr("that of the flight"),
    ).strip()
    place = None
    try:
        if wrong is not None and (where, side, named) == (shown, size, year):
            raise wrong
        if where.strip():
            place = _typed(where, side, named, before)
    except SceneError as error:  # a map to do better on comes before it
        wrong = error
    else:
        wrong = None
    here = place is not None and on_disk(place) is not None
    if not here or st.toggle(tr("Another place on the map"), key=keys("other")):
        _map(place, keys, None if here else body)
    if wrong is not None:
        raise wrong
    if place is None:
        st.info(
            tr(
                "Click a place on the map, or type it; nothing is asked of any server before you "
                "press the button."
            )
        )
    elif not here:
        fetching(place, keys, body)
    keep_favourites(place if here else None, keys)
    if place is None or not here:
        st.stop()
    return place.text


def _typed(where: str, side: float, named: str, before: Place | None) -> Place:
    words = where.replace(" ", "")
    check_folder(f"{SOURCE}{words}")
    place = parse_place(f"{SOURCE}{words},size={side}" + (f",year={named}" if named else ""))
    assert place is not None
    if before is not None:  # what a link says beyond the three widgets stays
        place = replace(place, flight=before.flight, all_bands=before.all_bands, dates=before.dates)
    return place


def _take(key: str, lon: float, lat: float) -> None:
    st.session_state[key] = f"{lon:.5f}, {lat:.5f}"  # a metre


def _map(place: Place | None, keys: Keys, body: DeltaGenerator | None) -> None:
    """The map; in the middle of the page where nothing else is shown there, else where it is."""
    services = read_services(services_file()).aerial
    asked = next((one for one in services if one.background), None)
    with st.container() if body is None else body:
        if body is not None:
            st.markdown("### " + tr("Choose a place"))
        background = None
        if asked is not None and st.toggle(
            tr("A map beneath (your browser asks {host})", host=asked.background.split("/")[2]),
            key=keys("background"),
        ):
            background = Background(asked.background, asked.credit)
        grid = None if place is None else place.grid
        extents = [box for one in services for box in one.extents]
        choice_map(
            places_options(extents, grid, points(favourites()), background),
            key=keys("place_map"),
            place="places",
            choose=partial(_take, keys("where")),
            small=body is None,
            marker=None if place is None else (place.lon, place.lat),
            follows=True,
        )
        if background is not None:
            st.caption(plain(background.credit))
