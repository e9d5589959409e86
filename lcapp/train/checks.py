"""What cannot be trained is refused before anything is written or computed."""

import torch

from lcapp import record
from lcapp.errors import RunError
from lcapp.sensors import SR_FACTOR
from lcapp.train.config import MachineConfig, TrainConfig

SMALLEST_SQUARE = 104
"""Aerial pixels: 20.8 m hold a whole pixel of the series (10.24 m at most) wherever they lie."""


def check(config: TrainConfig, machine: MachineConfig) -> None:
    """Look through the settings, but for what the network's family has to say of them.

    Raises:
        RunError: Names the setting, its value, and what it may be.
    """
    record.check(config)
    record.check(machine)
    square = config.data.square
    if square and (square < SMALLEST_SQUARE or square % SR_FACTOR):
        raise RunError(
            f"square is {square}",
            expected=f"0, or a multiple of {SR_FACTOR} from {SMALLEST_SQUARE} pixels on",
        )
    if machine.accelerator == "cpu":
        return
    found = torch.cuda.device_count()
    if machine.accelerator == "gpu" and not found:
        raise RunError("there is no GPU here", advice="use --accelerator cpu")
    if found and machine.devices > found:
        raise RunError(
            f"{machine.devices} devices asked for", expected=f"at most the {found} GPUs found here"
        )
