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

# Before anything here can import torch, whose OpenMP (GNU's) reads it once. Threads that have
# nothing to do spin until the others are done; where other work has the cores they spin for each
# other: on two cores beside two busy processes a run of 1.0 s took 7 to 28. So many turns and then
# sleep cost nothing where the cores are free, and make it 2.2 to 3.5. No turn at all
# (OMP_WAIT_POLICY=PASSIVE) makes it 1.6 to 2.4, but takes zones on free cores from 13 to 18 s.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")

__version__ = "0.1.0"
