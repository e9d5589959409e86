"""The networks: one file each, its frozen config beside it (paper 4.1, METHOD.md section 3).

`tsrdiff` joins them, `catalogue` names their sizes. A network knows nothing of files, schedules
or scenes. Importing this package imports no torch; its names do, when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lcapp.models.answers import Classified, Conditioning, SRFeatures
    from lcapp.models.tsrdiff import TSRDiff, TSRDiffConfig

__all__ = [
    "Classified",
    "Conditioning",
    "SRFeatures",
    "TSRDiff",
    "TSRDiffConfig",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("lcapp.models.tsrdiff"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
