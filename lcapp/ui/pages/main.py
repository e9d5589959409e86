"""What a session runs, again and again: the pages.

Beside the pages, since Streamlit makes pages of its own out of a folder `pages` beside its script.
"""

from typing import Any

import streamlit as st

from lcapp.ui.pages.attention import ATTENTION
from lcapp.ui.pages.explore import EXPLORE
from lcapp.ui.pages.frame import Page
from lcapp.ui.pages.models import MODELS
from lcapp.ui.pages.super_resolution import SUPER_RESOLUTION

# In the order of the navigation; the app opens on the first. No string: Streamlit would show it.
PAGES: tuple[Page[Any], ...] = (EXPLORE, SUPER_RESOLUTION, ATTENTION, MODELS)

st.set_page_config(page_title="lcapp: land cover", page_icon="🗺️", layout="wide")
st.navigation(
    [
        st.Page(page.show, title=page.title, icon=page.icon, url_path=page.name, default=not place)
        for place, page in enumerate(PAGES)
    ]
).run()
