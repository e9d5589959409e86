"""Choosing a FLAIR-HUB patch: in the list, by typing its name or its place, or on a small map.

The list and the map show one region of interest at a time: the data set has 241 100 patches in
2 822 regions, and a browser stays quick with the hundred or so of one. What is typed is looked for
in all of them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from lcapp.errors import SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.places import scenes_at
from lcapp.sensors import AERIAL
from lcapp.types import Grid, Scene
from lcapp.ui.components.map import choice_map
from lcapp.ui.session.state import Keys
from lcapp.views.footprints import footprints_options
from lcapp.views.imagery import aerial_rgba, shrunk
from lcapp.views.map import Overlay

_FINER = 2
"""Pixels of the aerial image for one on the map, each way."""

_NUMBER = r"([-+]?\d+(?:\.\d*)?)"
_PLACE = re.compile(rf"{_NUMBER}\s*[,;\s]\s*{_NUMBER}")


@dataclass(frozen=True)
class _Names:
    """Names in the session of one collection's choice.

    Attributes:
        typed: What was looked for.
        roi: `DOMAIN/ROI` of the list.
        patch: The id that is chosen.
        note: What the last search has to say.
    """

    typed: str
    roi: str
    patch: str
    note: str


def _names(keys: Keys, collection: Collection) -> _Names:
    parts = ("typed", "roi", "patch", "note")
    return _Names(*(keys(f"{part}_{collection.source}") for part in parts))


def choose_patch(keys: Keys, collection: Collection) -> str:
    """Draw the search and the list; the id that is chosen.

    Args:
        keys: Of the page.
        collection: A FLAIR-HUB collection (else SceneError).
    """
    names, known = _names(keys, collection), _rois(collection, _listed(collection))
    st.text_input(
        "Find by id, file name or place",
        key=names.typed,
        placeholder="D012-2019/AF-S1-27/5-10   or   2.5631, 44.3502 (longitude, latitude)",
        on_change=_look_for,
        args=(names, collection),
    )
    if note := st.session_state.get(names.note):
        st.warning(note, icon=":material/search_off:")
    roi = next(iter(known))
    if len(known) > 1:
        roi = st.selectbox(
            f"Region of interest, {len(known):,} there",
            list(known),
            key=names.roi,
            on_change=_forget,
            args=(names,),
        )
    if st.session_state.get(names.patch) not in known[roi]:
        st.session_state[names.patch] = known[roi][0]
    where = "simulated, no real place" if collection.simulated else collection.name
    return st.selectbox(
        f"Patch, {len(known[roi])} there ({where})",
        known[roi],
        key=names.patch,
        on_change=_forget,
        args=(names,),
    )


def patch_map(keys: Keys, collection: Collection, chosen: str, patch: Scene | None = None) -> None:
    """Draw the patches of the chosen one's region; a click chooses another.

    Args:
        keys: Of the page.
        collection: A FLAIR-HUB collection.
        chosen: One of its ids.
        patch: The chosen one as read, whose aerial image is to lie in its outline.
    """
    names = _names(keys, collection)
    roi = chosen.rpartition("/")[0]
    grids = _footprints(collection, _listed(collection), roi)
    if not grids:
        return
    choice_map(
        footprints_options(grids, chosen, None if patch is None else _image(patch)),
        key=keys("patch_map"),
        place=f"{collection.source}/{roi}",
        choose=lambda lon, lat: _take_at(names, collection, lon, lat),
    )
    st.caption("Outlines of the region's patches: click one to choose it.")


def _look_for(names: _Names, collection: Collection) -> None:
    """Choose what was typed; a sentence stands in its place where there is no such patch."""
    typed = st.session_state[names.typed].strip()
    _forget(names)
    if place := _PLACE.fullmatch(typed):
        _take_at(names, collection, float(place[1]), float(place[2]))
    elif typed:
        try:
            _take(names, collection.find(typed))
        except SceneError as error:
            st.session_state[names.note] = str(error)


def _take_at(names: _Names, collection: Collection, lon: float, lat: float) -> None:
    _forget(names)
    try:
        found = scenes_at(collection, lon, lat)
    except SceneError as error:
        st.session_state[names.note] = str(error)
        return
    # Two years of one place: a click means the region that the map shows.
    shown = st.session_state.get(names.patch, "").rpartition("/")[0]
    here = [one for one in found if one.startswith(f"{shown}/")]
    _take(names, (here or found)[0])
    if len(found) > 1:
        st.session_state[names.note] = f"{len(found)} patches lie there: {', '.join(found)}."


def _take(names: _Names, patch: str) -> None:
    st.session_state[names.roi] = patch.rpartition("/")[0]
    st.session_state[names.patch] = patch


def _forget(names: _Names) -> None:
    st.session_state.pop(names.note, None)


def _image(patch: Scene) -> Overlay | None:
    if AERIAL not in patch.images:
        return None
    grid = patch.grid.coarser(_FINER)
    return Overlay("aerial", "Aerial image", shrunk(aerial_rgba(patch.aerial), grid.width), grid)


def _listed(collection: Collection) -> int:
    """What stands for a folder as it was listed: another number when patches have come or gone."""
    return hash((collection.source, collection.ids))


@st.cache_resource(show_spinner=False, max_entries=8)
def _rois(_collection: Collection, listed: int) -> Mapping[str, Sequence[str]]:
    return _collection.regions()


@st.cache_resource(show_spinner="Looking where the patches lie", max_entries=32)
def _footprints(_collection: Collection, listed: int, roi: str) -> Mapping[str, Grid]:
    return _collection.footprints(roi)
