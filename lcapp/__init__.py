"""Land cover from one aerial image and a year of super-resolved Sentinel-2.

A scene is read, prepared, super-resolved, classified, explained and viewed; each verb is a room:

    scene      READ           collections and rasters in, frozen `types.Scene` out; writes GeoTIFF
    simulate   (beside)       scenes whose high-resolution truth is known
    prepare    PREPARE        clouds, calendar months, scaling, the exact footprint window (NumPy)
    models     the networks   one file each, its frozen config beside it
    diffusion  SUPER-RESOLVE  schedule, noise and samplers; knows no network
    explain    EXPLAIN        attention of a pixel, weight of the months
    hub        bundles        weights and their description on disk, loaded strictly
    evaluate   numbers        class areas, low-resolution consistency
    pipeline   the stages joined: `predict`, device and memory, progress and cancel
    views      VIEW           values in; RGBA arrays, plotly figures and map styles out
    ui         the Streamlit app

Underneath lie `errors`, `classes`, `sensors` and `types`. A room imports only from rooms below it
(`.importlinter` holds the rule). Importing `lcapp` itself imports nothing.
"""

__version__ = "0.1.0"
