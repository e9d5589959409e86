"""VIEW: values in; RGBA arrays, plotly figures and map styles out. No Streamlit, no torch."""
