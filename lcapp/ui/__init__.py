"""The Streamlit app: a page reads state, draws widgets, calls one verb, hands values to a view.

The only room that imports Streamlit. torch and leafmap are imported when a run or a map needs them.
"""
