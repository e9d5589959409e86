"""A prepared scene through a classifier."""

import contextlib
from dataclasses import dataclass

import torch
from torch import Tensor

from lcapp.families.classifier.network import Classifier
from lcapp.models.logits import to_numpy
from lcapp.models.windows import BatchWindow, level_windows
from lcapp.types import Floats, Prepared, PreparedImage


@dataclass(frozen=True, eq=False)
class OneScene:
    """A scene as `network.Seen`; without a series its months are none."""

    aerial: Tensor
    series: Tensor
    day_offsets: Tensor
    present: Tensor
    levels: tuple[BatchWindow, ...]


def logits(network: Classifier, prepared: Prepared | PreparedImage, device: str) -> Floats:
    """Class scores K H W of a scene, in bfloat16 on a GPU.

    The months are twelve, as in training: U-TAE's norms reach over the absent ones.
    """
    where = torch.device(device)

    def there(values: Floats) -> Tensor:
        return torch.from_numpy(values)[None].to(where)

    aerial, nothing = there(prepared.aerial), torch.zeros(1, 0, device=where)
    seen = OneScene(aerial, nothing, nothing, nothing, ())
    if isinstance(prepared, Prepared):
        seen = OneScene(
            aerial,
            there(prepared.series),
            there(prepared.day_offsets),
            torch.from_numpy(prepared.present)[None].to(where),
            level_windows([prepared.windows]),
        )
    mixed = torch.autocast("cuda", torch.bfloat16) if where.type == "cuda" else None
    with mixed or contextlib.nullcontext():
        return to_numpy(network.to(where)(seen)[0])
