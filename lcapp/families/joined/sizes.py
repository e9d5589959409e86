"""Which models are joined, and how. Imports no torch."""

from dataclasses import dataclass
from typing import Literal

from lcapp.record import setting

Rule = Literal["geometric", "mean"]

ARCHITECTURE = "joined"
MOST = 32
"""Members."""


@dataclass(frozen=True)
class Member:
    """One of the models that are joined.

    Attributes:
        model: Its folder or file from the bundle's folder on, its name in `weights/`, or its id on
            the Hub.
        hash: Of its weights and description.
        weight: Its say; the weights of all are made to sum 1.
    """

    model: str
    hash: str
    weight: float = setting(1.0, low=0)


@dataclass(frozen=True)
class JoinedConfig:
    """How models are joined; a bundle keeps it in its `config.json`.

    Attributes:
        members: Two or more.
        rule: `geometric`: exp of the weighted mean of the logarithms, made to sum 1; `mean`: the
            weighted mean.
    """

    members: tuple[Member, ...]
    rule: Rule = setting("geometric", help="mean of the probabilities")

    def __post_init__(self) -> None:
        if not 2 <= len(self.members) <= MOST:
            raise ValueError(f"{len(self.members)} models are joined; 2 to {MOST} can be")
        if not sum(one.weight for one in self.members) > 0:
            raise ValueError("no model has a weight above 0")

    @property
    def weights(self) -> tuple[float, ...]:
        """Sum 1."""
        total = sum(one.weight for one in self.members)
        return tuple(one.weight / total for one in self.members)
