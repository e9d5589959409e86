"""What a session runs, again and again: the pages.

Beside the pages, since Streamlit makes pages of its own out of a folder `pages` beside its script.
"""

from typing import Any

import streamlit as st

from lcapp.language import tr
from lcapp.ui.pages.attention import ATTENTION
from lcapp.ui.pages.compare import COMPARE
from lcapp.ui.pages.evaluate import EVALUATE
from lcapp.ui.pages.explore import EXPLORE
from lcapp.ui.pages.frame import Page
from lcapp.ui.pages.learn import LEARN
from lcapp.ui.pages.models import MODELS
from lcapp.ui.pages.super_resolution import SUPER_RESOLUTION
from lcapp.ui.session import address, reader, state

# In the order of the navigation; the app opens on the first. No string: Streamlit would show it.
PAGES: tuple[Page[Any], ...] = (
    EXPLORE,
    SUPER_RESOLUTION,
    ATTENTION,
    COMPARE,
    EVALUATE,
    LEARN,
    MODELS,
)

reader.opened()  # first: every text below is in the reader's language
address.refuse_unknown((*state.IN_ADDRESS, *reader.NAMES))
st.set_page_config(page_title=tr("lcapp: land cover"), page_icon="🗺️", layout="wide")
st.navigation(
    [
        st.Page(
            page.show,
            title=tr(page.title),
            icon=page.icon,
            url_path=page.name,
            default=not place,
        )
        for place, page in enumerate(PAGES)
    ]
).run()
