"""The Streamlit app, the only room that knows Streamlit.

`opening` is what the server does when it starts, `pages.main` what each session runs. A page reads
the state, draws widgets, calls one verb and hands the result to a view. `state` is what the reader
looks at and its address; `jobs` runs in worker threads and keeps results; `cache` is what all
sessions share; `component` is the map; the other modules are the parts of a page.
"""
