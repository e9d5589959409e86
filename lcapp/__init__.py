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

import os

# Before anything here can import torch, whose OpenMP reads it once: threads that have nothing to do
# sleep. By default they spin until the others are done, and where other work has the cores they
# spin for each other: beside two busy processes a run of 1.7 s took 14.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
