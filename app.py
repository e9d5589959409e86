"""The app: `streamlit run app.py`, with `-- --root DIR` for a folder that others may open."""

import sys

import streamlit as st

from lcapp.ui.parts.fault import told
from lcapp.ui.session.opening import opening
from lcapp.ui.session.roots import take_options

take_options(sys.argv[1:])
app = st.App("lcapp/ui/pages/main.py", lifespan=opening, on_script_error=told)
