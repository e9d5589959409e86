"""Favourite places: choosing one, keeping the one that is shown, taking all along as one file."""

from dataclasses import replace

import streamlit as st

from lcapp.errors import LcappError
from lcapp.language import tr, trn
from lcapp.scene.services.here import on_disk
from lcapp.scene.services.kept.favourites import Favourite, drop, favourites, keep
from lcapp.scene.services.kept.parcel import parcel, unpack
from lcapp.scene.services.place import Place, parse_place
from lcapp.ui.parts.plain import plain, printable, refusal
from lcapp.ui.session import roots, state
from lcapp.ui.session.state import Keys

_FILE = "lcapp-places.zip"


def choose_favourite(keys: Keys) -> None:
    """A list to choose a favourite from, where there is one: the other widgets follow."""
    every = favourites()
    if not every:
        return

    def take() -> None:
        chosen = st.session_state[keys("favourite")]
        if chosen is not None:  # whole: what was asked of it is part of where it lies on disk
            now = state.current()
            state.follow(replace(now, collection=chosen.source, scene=None, pixel=None))

    st.selectbox(
        tr("Favourite places"),
        every,
        index=None,
        key=keys("favourite"),
        format_func=lambda one: printable(one.name),
        placeholder=trn("{n} kept here", "{n} kept here", len(every)),
        on_change=take,
    )


def points(every: tuple[Favourite, ...]) -> dict[str, tuple[float, float]]:
    """Names of favourites and where they lie, of those that the services still cover."""
    found = {}
    for one in every:
        try:
            place = parse_place(one.source)
        except LcappError:
            continue
        if place is not None:
            found[one.name] = (place.lon, place.lat)
    return found


def keep_favourites(place: Place | None, keys: Keys) -> None:
    """Keep the place that is here, or no longer; export and import, on this computer alone.

    Args:
        place: That is shown, fetched whole; None where none is.
        keys: Of the page.
    """
    if roots.roots() is not None:
        return  # whoever asks over a network changes nothing that others see
    every = favourites()
    with st.expander(tr("Keep and take along")):
        if place is not None:
            _keep(place, every, keys)
        if every and st.toggle(tr("Export the favourites as one file"), key=keys("export")):
            _export(every, keys)
        _import(keys)


def _keep(place: Place, every: tuple[Favourite, ...], keys: Keys) -> None:
    known = next((one for one in every if one.source == place.text), None)
    if known is not None:
        if st.button(tr("No favourite any more"), key=keys("drop")):
            drop(place.text)
            st.rerun()
        return
    name = st.text_input(tr("Name of this place"), key=keys("name"), max_chars=80)
    if st.button(tr("Keep as a favourite"), key=keys("keep"), disabled=not name.strip()):
        found = on_disk(place)
        assert found is not None
        entries = [found.aerial.parent, *([] if found.series is None else [found.series.parent])]
        keep(name, place.text, entries)
        st.rerun()


def _export(every: tuple[Favourite, ...], keys: Keys) -> None:
    try:
        content = parcel(every)
    except LcappError as error:
        refusal(error)
        return
    label = tr("Save, {megabytes:.1f} MB", megabytes=len(content) / 1e6)
    st.download_button(label, content, _FILE, "application/zip", key=keys("save"))


def _import(keys: Keys) -> None:
    uploaded = st.file_uploader(
        tr("Bring favourites from a file"), type="zip", key=keys("bring"), max_upload_size=1024
    )
    if uploaded is None or st.session_state.get(keys("brought")) == uploaded.file_id:
        return
    try:
        found = unpack(uploaded)
    except LcappError as error:
        refusal(error)
        return
    st.session_state[keys("brought")] = uploaded.file_id
    names = ", ".join(one.name for one in found)
    st.toast(
        plain(
            trn(
                "{n} place is here now: {names}",
                "{n} places are here now: {names}",
                len(found),
                names=names,
            )
        )
    )
    st.rerun()
