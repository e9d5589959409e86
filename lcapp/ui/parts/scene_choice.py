"""Choosing a scene: its collection, then a list, pictures, or a small map of what lies around it.

Where scenes lie together in regions, one region is shown at a time: FLAIR-HUB has 241 100 patches
in 2 822 of them, and a browser stays quick with the hundred or so of one. An id, a file's name or
a place that is typed is looked for in all of them.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from lcapp.errors import LcappError, SceneError
from lcapp.scene.collection import Collection
from lcapp.scene.places import scenes_at
from lcapp.scene.reader import SceneHeader
from lcapp.simulate.demo.scenes import DEMO as DEMO_SCENES
from lcapp.simulate.demo.scenes import DemoScene
from lcapp.types import Grid
from lcapp.ui.components.gallery import gallery
from lcapp.ui.components.map import choice_map
from lcapp.ui.session import cache
from lcapp.ui.session.state import DEMO, REGION, Keys, View
from lcapp.views.footprints import footprints_options
from lcapp.views.map import Overlay, pixel_at

_KINDS = {DEMO: "Demo scenes", REGION: "Simulated region", "": "Folder"}
_FIRST = {
    DEMO: "Simulating the demo scene (first start only)",
    REGION: "Simulating a region with every modality (first time only)",
}
_ON_MAP = 256
"""Pixels of the chosen patch's picture on the small map."""

_NUMBER = r"([-+]?\d+(?:\.\d*)?)"
_PLACE = re.compile(rf"{_NUMBER}\s*[,;\s]\s*{_NUMBER}")


def choose_scene(view: View, keys: Keys, renewed: bool) -> tuple[View, Collection, SceneHeader]:
    """Collection and patch.

    Args:
        view: The choice so far.
        keys: Of the page.
        renewed: The view comes from elsewhere: the widgets follow.

    Raises:
        SceneError: No collection, no such patch in it, or one that cannot be opened.
    """
    name = _source(view, keys, renewed)
    if name != view.collection:
        view = replace(view, collection=name, scene=None, pixel=None)
    # Here and not in the cache, which the server fills before there is a session to tell.
    with st.spinner(_FIRST.get(name, "Listing the patches")):
        collection, grows = _listed(name, view.scene)
    wanted = collection.ids[0] if view.scene is None else collection.find(view.scene)
    key = keys.holding("scene", wanted, renewed)
    if st.session_state[key] not in collection.ids:
        st.session_state[key] = collection.ids[0]
    regions = collection.regions()
    if any(regions) and len(regions) < len(collection.ids):
        chosen = _of_a_region(_Choice(keys, key, collection, regions))
    else:
        chosen = _of_all(keys, key, collection, view)
    if grows and len(collection.ids) < len(DEMO_SCENES):
        st.fragment(_others, run_every=1)(len(DEMO_SCENES) - len(collection.ids))
    if chosen != view.scene:
        view = replace(view, scene=chosen, pixel=None)
    return view, collection, collection.header(chosen)


def demo_scenes(view: View) -> tuple[DemoScene, ...]:
    """The demo scenes with what to look for in each, while the view shows them; else none."""
    return DEMO_SCENES if view.collection == DEMO else ()


def _source(view: View, keys: Keys, renewed: bool) -> str:
    own = "" if view.collection in _KINDS else view.collection
    kind = st.radio(
        "Collection",
        list(_KINDS),
        key=keys.holding("kind", "" if own else view.collection, renewed),
        format_func=_KINDS.__getitem__,
        horizontal=True,
        help="The demo scenes and the region, a FLAIR-HUB folder of two patches, are simulated. A "
        "folder holds TreeSatAI-TS, FLAIR #2 or FLAIR-HUB patches, or pairs of an aerial GeoTIFF "
        "and a Sentinel-2 series.",
    )
    if kind:
        return str(kind)
    name = st.text_input(
        "Folder of the collection",
        key=keys.holding("folder", own, renewed),
        placeholder="/path/to/collection",
    ).strip()
    if not name:
        st.info("Type the folder of a collection on the computer that runs the app.")
        st.stop()
    return name


def _listed(name: str, wanted: str | None) -> tuple[Collection, bool]:
    """The collection and whether it still grows; a demo scene that is to come is waited for."""
    while True:
        grows = name == DEMO and cache.demo_grows()  # before the list, which could lack the last
        collection = cache.collection(name)
        if not grows or wanted not in {one.id for one in DEMO_SCENES}.difference(collection.ids):
            return collection, grows
        time.sleep(0.2)


def _others(missing: int) -> None:
    """Say that more demo scenes come; with the last of them the page runs again and lists them."""
    if not cache.demo_grows():
        st.rerun()
    st.caption(f"{missing} more are being simulated (first start only); the list waits for them.")


def _of_all(keys: Keys, key: str, collection: Collection, view: View) -> str:
    titles = {one.id: one.title for one in demo_scenes(view)}
    chosen = _patch(key, collection.ids, collection, titles)
    if len(collection.ids) > 1:
        _pictures(keys, key, collection, collection.ids, chosen, titles)
    return chosen


def _patch(
    key: str, ids: Sequence[str], collection: Collection, titles: Mapping[str, str] | None = None
) -> str:
    where = "simulated" if collection.simulated else f"in {collection.name}"
    return st.selectbox(
        f"Patch, {len(ids):,} {where}",
        ids,
        key=key,
        format_func=lambda one: (titles or {}).get(one, one),
    )


def _pictures(
    keys: Keys,
    key: str,
    collection: Collection,
    ids: Sequence[str],
    chosen: str,
    titles: Mapping[str, str],
) -> None:
    def choose(picked: str) -> None:
        st.session_state[key] = picked

    gallery(collection, ids, chosen, titles, key=keys("gallery"), choose=choose)


@dataclass(frozen=True, eq=False)
class _Choice:
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
            if place := _PLACE.fullmatch(typed):
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
            self.tell(f"{len(found)} patches lie there: {', '.join(found)}.")


def _of_a_region(choice: _Choice) -> str:
    keys, collection = choice.keys, choice.collection
    st.text_input(
        "Find by id, file name or place",
        key=keys("find"),
        placeholder="an id, or 2.5631, 44.3502",
        help="A place is longitude and latitude in degrees.",
        on_change=choice.look_for,
    )
    # Read once: what it says holds for the choice that was made last, and not for the next.
    if note := st.session_state.pop(keys("note"), None):
        st.warning(note, icon=":material/search_off:")
    region = choice.region
    if len(choice.regions) > 1:
        st.session_state[keys("region")] = region
        st.selectbox(
            f"Region, {len(choice.regions):,} there",
            list(choice.regions),
            key=keys("region"),
            on_change=choice.take_region,
        )
    ids = choice.regions[region]
    chosen = _patch(choice.scene, ids, collection)
    if len(ids) > 1:
        shown = st.segmented_control(
            "Choose on", ("Map", "Pictures"), default="Map", key=keys("on"), required=True
        )
        if shown == "Pictures":
            _pictures(keys, choice.scene, collection, ids, chosen, {})
        else:
            _small_map(choice, region, chosen)
    return chosen


def _small_map(choice: _Choice, region: str, chosen: str) -> None:
    collection = choice.collection
    with st.spinner("Looking where the patches lie"):
        grids = collection.footprints(region)
    if not grids:
        return
    image = None
    if chosen in grids:
        try:
            picture = cache.picture(collection, chosen, _ON_MAP)
            image = Overlay("aerial", "Aerial image", picture, grids[chosen])
        except LcappError:  # it has none, or one that choosing it tells of
            pass
    choice_map(
        footprints_options(grids, chosen, image),
        key=choice.keys("places"),
        place=f"{collection.source}/{region}",
        choose=lambda lon, lat: choice.click(grids, lon, lat),
    )
    st.caption("Outlines of the region's patches: click one to choose it.")
