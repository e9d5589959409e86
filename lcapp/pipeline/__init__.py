"""The stages joined: a scene and a bundle in, a prediction out.

`predict` runs prepare, super-resolve, fuse, classify and explain, with progress and cancel;
`plan` says beforehand what that costs; `save` writes the four files. Importing this room imports
no torch: that happens when a run starts.
"""

from lcapp.pipeline.outputs import check_writable, save, summary
from lcapp.pipeline.plan import Plan, plan
from lcapp.pipeline.predict import predict
from lcapp.pipeline.prediction import Prediction, RunRecord

__all__ = [
    "Plan",
    "Prediction",
    "RunRecord",
    "check_writable",
    "plan",
    "predict",
    "save",
    "summary",
]
