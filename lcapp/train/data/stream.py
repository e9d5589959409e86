"""In which order scenes are visited: one endless stream, cut into rounds and among processes.

The stream is a function of the seed alone: pass after pass over all scenes, each in an order of
its own. A round takes the next stretch of it. A run that was killed goes on with the next round,
and so sees the scenes that it would have seen; the number of processes only cuts the stretch.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch.utils.data import Sampler

from lcapp.diffusion.noise import keyed_generator


class Visit(NamedTuple):
    """One look at a scene.

    Attributes:
        scene: Its index.
        number: How many times all scenes were visited before.
        whole: The whole scene, not a square of it.
    """

    scene: int
    number: int
    whole: bool = True


class Stream(Sampler[Visit]):
    """The visits of one process in one round.

    Args:
        scenes: How many there are.
        seed: Of the orders.
        per_round: Visits of all processes together in a round.
        batch: Scenes that a process takes at once.
        rank: Which process this is.
        processes: How many there are.
        whole_from: First round that sees whole scenes.
    """

    def __init__(
        self,
        scenes: int,
        seed: int,
        per_round: int,
        batch: int,
        rank: int,
        processes: int,
        whole_from: int = 0,
    ) -> None:
        if per_round % (batch * processes):
            raise ValueError(
                f"{per_round} visits do not divide into batches of {batch} for each of {processes} "
                "processes"
            )
        self.scenes, self.seed, self.per_round = scenes, seed, per_round
        self.batch, self.rank, self.processes = batch, rank, processes
        self.whole_from = whole_from
        self.round = 0
        self._orders: dict[int, list[int]] = {}

    def set_epoch(self, epoch: int) -> None:
        """Go to a round; Lightning calls it, by the name that it has there."""
        self.round = epoch

    def __len__(self) -> int:
        return self.per_round // self.processes

    def __iter__(self) -> Iterator[Visit]:
        start = self.round * self.per_round
        for offset in range(0, self.per_round, self.batch * self.processes):
            first = start + offset + self.rank * self.batch
            for position in range(first, first + self.batch):
                yield self._visit(position)

    def _visit(self, position: int) -> Visit:
        visit, place = divmod(position, self.scenes)
        if visit not in self._orders:
            generator = keyed_generator(self.seed, "order", visit)
            # A batch may reach over the end of a pass; no more than two are in use.
            self._orders = {
                one: order for one, order in self._orders.items() if one == visit - 1
            } | {visit: torch.randperm(self.scenes, generator=generator).tolist()}
        return Visit(self._orders[visit][place], visit, self.round >= self.whole_from)
