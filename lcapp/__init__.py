"""Land cover from one aerial image and a year of super-resolved Sentinel-2.

A scene is read, prepared, super-resolved, classified, explained and viewed; each verb is a room:

    scene      READ           collections and rasters in, frozen `types.Scene` out; writes GeoTIFF
    simulate   (beside)       scenes whose high-resolution truth is known
    prepare    PREPARE        clouds, calendar months, scaling, the exact footprint window (NumPy)
    diffusion  SUPER-RESOLVE  schedule, noise and samplers; knows no network
    models     layers         that several networks share
    hub        bundles        weights and their description on disk; the Hugging Face Hub
    families   the networks   a folder each: what a model reads, costs and answers; one door to all
    evaluate   numbers        agreement with references, super-resolution against a known truth
    pipeline   the stages joined: `predict`, zones, evaluations, device and memory, files
    views      VIEW           values in; RGBA arrays, plotly figures and map styles out
    train      runs and phases; the only room with Lightning
    ui         the Streamlit app

Underneath lie `types` and the ground: `classes`, `sensors`, `record`, `files`, `errors`. A room
imports only from rooms below it (`.importlinter` holds the rule). Importing `lcapp` imports
nothing.
"""

import os

# Before anything here can import torch, whose OpenMP reads it once: threads that have nothing to do
# sleep. By default they spin until the others are done, and where other work has the cores they
# spin for each other: beside two busy processes a run of 1.7 s took 14.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"
