"""VIEW: values in; RGBA arrays, plotly figures, HTML rows and map styles out.

Every picture of reflectance, whether Sentinel-2, bicubic or super-resolved and of whichever month,
is on the one stretch that `imagery.STRETCH` states, so that what differs in a picture differs in
the data. Nothing here knows Streamlit or torch, and nothing asks a server for anything.
"""
