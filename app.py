"""The Streamlit app: `streamlit run app.py`."""

import streamlit as st

from lcapp.ui.pages import explore

st.set_page_config(page_title="lcapp", page_icon=":material/landscape:", layout="wide")
st.navigation(
    [
        st.Page(
            explore.page, title="Explore", icon=":material/map:", url_path="explore", default=True
        )
    ]
).run()
