"""What a session runs, again and again: the pages and their frame.

Beside the pages, since Streamlit makes pages of its own out of a folder `pages` beside its script.
"""

import streamlit as st

from lcapp.ui.pages.explore import explore
from lcapp.ui.pages.models import models

st.set_page_config(page_title="lcapp: land cover", page_icon="🗺️", layout="wide")
st.navigation(
    [
        st.Page(explore, title="Explore", icon=":material/map:", default=True),
        st.Page(models, title="Models", icon=":material/deployed_code:"),
    ]
).run()
