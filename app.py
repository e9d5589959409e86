"""The app: `streamlit run app.py`."""

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
