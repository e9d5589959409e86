"""Choosing a scene where scenes lie together: one region at a time, in a list or on a small map.

FLAIR-HUB has 241 100 patches in 2 822 regions, and a browser stays quick with the hundred or so of
one. An id, a file's name or a place that is typed is looked for in all of them.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from lcapp.errors import LcappError, SceneError
from lcapp.language import message, tr
from lcapp.scene.collection import Collection
from lcapp.scene.places import scenes_at
from lcapp.types import Grid
from lcapp.ui.components.gallery import gallery
from lcapp.ui.components.map import choice_map
from lcapp.ui.parts.plain import plain, printable
from lcapp.ui.session import cache
from lcapp.ui.session.state import Keys
from lcapp.views.footprints import footprints_options
from lcapp.views.map import Overlay, pixel_at

_ON_MAP = 256
"""Pixels of the chosen patch's picture on the small map."""

_MAP, _PICTURES = message("Map"), message("Pictures")

_NUMBER = r"([-+]?\d+(?:\.\d*)?)"
_PLACE = re.compile(rf"{_NUMBER}\s*[,;\s]\s*{_NUMBER}")


def one_of(key: str, ids: Sequence[str], collection: Collection, titles: Mapping[str, str]) -> str:
    """The list of scenes; the id that is chosen."""
    if collection.simulated:
        label = tr("Patch, {n:,} simulated", n=len(ids))
    else:
        label = tr("Patch, {n:,} in {folder}", n=len(ids), folder=plain(collection.name))
    return st.selectbox(
        label,
        ids,
        key=key,
        format_func=lambda one: titles.get(one, printable(one)),
    )


@dataclass(frozen=True, eq=False)
class Choosing:
    """A choice in regions; the callbacks of its widgets, which run before the page does.

    Attributes:
        keys: Of the page.
        scene: Name in the session of the id that is chosen.
        collection: The collection.
        regions: Its regions and their scenes.
    """

    keys: Keys
    scene: str
    collection: Collection
    regions: Mapping[str, Sequence[str]]

    @property
    def region(self) -> str:
        """That of the chosen scene."""
        chosen = st.session_state[self.scene]
        return next(name for name, ids in self.regions.items() if chosen in ids)

    def tell(self, note: str = "") -> None:
        """What the last search has to say."""
        st.session_state[self.keys("note")] = note

    def take_region(self) -> None:
        """The first scene of the region that was chosen."""
        st.session_state[self.scene] = self.regions[st.session_state[self.keys("region")]][0]

    def look_for(self) -> None:
        """What was typed; a sentence stands in its place where there is no such scene."""
        typed = st.session_state[self.keys("find")].strip()
        try:
            if place := _PLACE.fullmatch(" ".join(typed.split())):
                self._take_at(float(place[1]), float(place[2]))
            elif typed:
                st.session_state[self.scene] = self.collection.find(typed)
        except SceneError as error:
            self.tell(str(error))

    def click(self, grids: Mapping[str, Grid], lon: float, lat: float) -> None:
        """The scene under a click; of the region that is shown, where it lies in several."""
        here = next((one for one, grid in grids.items() if pixel_at(grid, lon, lat)), None)
        try:
            if here is not None:
                st.session_state[self.scene] = here
            else:
                self._take_at(lon, lat)
        except SceneError as error:
            self.tell(str(error))

    def _take_at(self, lon: float, lat: float) -> None:
        found = scenes_at(self.collection, lon, lat)
        st.session_state[self.scene] = found[0]
        if len(found) > 1:
            self.tell(tr("{n} patches lie there: {ids}.", n=len(found), ids=", ".join(found)))


def choose_in_region(choice: Choosing) -> str:
    """Draw the search, the lists, and the map or the pictures; the id that is chosen."""
    keys, collection = choice.keys, choice.collection
    st.text_input(
        tr("Find by id, file name or place"),
        key=keys("find"),
        placeholder=tr("an id, or 2.5631, 44.3502"),
        help=tr("A place is longitude and latitude in degrees."),
        on_change=choice.look_for,
    )
    # Read once: what it says holds for the choice that was made last, and not for the next.
    if note := st.session_state.pop(keys("note"), None):
        st.warning(plain(note), icon=":material/search_off:")
    region = choice.region
    if len(choice.regions) > 1:
        st.session_state[keys("region")] = region
        st.selectbox(
            tr("Region, {n:,} there", n=len(choice.regions)),
            list(choice.regions),
            key=keys("region"),
            format_func=printable,
            on_change=choice.take_region,
        )
    ids = choice.regions[region]
    chosen = one_of(choice.scene, ids, collection, {})
    if len(ids) > 1:
        shown = st.segmented_control(
            tr("Choose on"),
            (_MAP, _PICTURES),
            default=_MAP,
            key=keys("on"),
            format_func=tr,
            required=True,
        )
        if shown == _PICTURES:
            gallery(collection, ids, {}, key=keys("gallery"), chosen=choice.scene)
        else:
            _small_map(choice, region, chosen)
    return chosen


def _small_map(choice: Choosing, region: str, chosen: str) -> None:
    collection = choice.collection
    with st.spinner(tr("Looking where the patches lie")):
        grids = collection.footprints(region)
    if not grids:
        return
    image = None
    with suppress(LcappError, KeyError):  # it has none, or one that choosing it tells of
        picture = cache.picture(collection, chosen, _ON_MAP)
        image = Overlay("aerial", tr("Aerial image"), picture, grids[chosen])
    choice_map(
        footprints_options(grids, chosen, image),
        key=choice.keys("places"),
        place=f"{collection.source}/{region}",
        choose=lambda lon, lat: choice.click(grids, lon, lat),
    )
    st.caption(tr("Outlines of the region's patches: click one to choose it."))
