"""The app: `streamlit run app.py`."""

import streamlit as st

from lcapp.ui.session.opening import opening

app = st.App("lcapp/ui/pages/main.py", lifespan=opening)
