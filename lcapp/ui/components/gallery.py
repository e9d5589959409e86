"""Pictures of the patches around the chosen one, as a component whose pictures can be clicked."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lcapp.errors import LcappError
from lcapp.scene.collection import Collection
from lcapp.ui.session import cache
from lcapp.views.imagery import png_uri

SHOWN = 9
_PIXELS = 96
"""Of a picture."""

_CSS = """
.lc-gallery { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
button { padding: 0; border: 3px solid transparent; border-radius: 8px; background: none;
  cursor: pointer; line-height: 0; }
button[aria-pressed=true] { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-text-color); }
img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 5px; }
"""


def gallery(
    collection: Collection,
    ids: Sequence[str],
    titles: Mapping[str, str],
    *,
    key: str,
    chosen: str,
) -> None:
    """Draw the pictures; one that is clicked is chosen before the page runs again.

    Patches that cannot be read have no picture: choosing one by name says what is wrong with it.

    Args:
        collection: The collection.
        ids: Those of its patches among which one is chosen.
        titles: What a patch is called, where it is not by its id.
        key: Of the gallery on the page.
        chosen: Key of the widget that holds the id of the patch that is shown.
    """
    shown = st.session_state[chosen]
    place = ids.index(shown)
    first = max(0, min(place - SHOWN // 2, len(ids) - SHOWN))
    patches = []
    for scene_id in ids[first : first + SHOWN]:
        try:
            picture = cache.picture(collection, scene_id, _PIXELS)
        except LcappError:
            continue
        name = titles.get(scene_id, scene_id)
        patches.append({"id": scene_id, "name": name, "picture": png_uri(picture)})

    def choose() -> None:
        st.session_state[chosen] = st.session_state[key]["patch"]

    _component()(key=key, data={"patches": patches, "chosen": shown}, on_patch_change=choose)


@st.cache_resource(show_spinner=False)
def _component() -> Callable[..., Any]:
    mount: Callable[..., Any] = st.components.v2.component(
        "lcapp_gallery",
        html='<div class="lc-gallery"></div>',
        css=_CSS,
        js=Path(__file__).with_name("gallery.js").read_text(encoding="utf-8"),
    )
    return mount
