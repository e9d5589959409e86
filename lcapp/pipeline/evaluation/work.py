"""How far an evaluation has come, and whether it is to go on."""

import threading
from collections.abc import Callable

from lcapp.errors import Cancelled
from lcapp.pipeline.evaluation.choice import Settings
from lcapp.types import Progress

_BEYOND_STEPS = 3
"""Units of work that `predict` reports beside its denoising steps."""


class Work:
    """How far an evaluation has come, in the units of `predict`.

    Args:
        passes: Scenes x networks.
        settings: What to predict for each.
        on_step: Called after each unit.
        cancel: Set to stop it.
        between: Called before each prediction.

    Attributes:
        cancel: As given.
    """

    def __init__(
        self,
        passes: int,
        settings: Settings,
        on_step: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        self.cancel = cancel
        self._between = between
        self._predictions = len({*settings.seeds, *range(settings.samples)})
        self._total = passes * sum(self.of(steps) for steps in settings.steps)
        self._done = 0
        self._on_step = on_step

    def pause(self) -> None:
        """Nothing is being computed: others may have their turn (Cancelled)."""
        if self._between is not None:
            self._between()
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("the evaluation was cancelled")

    def of(self, steps: int) -> int:
        """The units of a scene with so many steps."""
        return (steps + _BEYOND_STEPS) * self._predictions

    def inside(self, scene_id: str) -> Callable[[Progress], None]:
        """What `predict` calls while this scene is on."""
        begun = self._done
        finished = 0

        def step(progress: Progress) -> None:
            nonlocal finished
            self._say(scene_id, begun + finished + progress.done)
            if progress.done == progress.total:
                finished += progress.total

        return step

    def done(self, scene_id: str, steps: int) -> None:
        """A scene is through, however little was to be done for it."""
        self._done += self.of(steps)
        self._say(scene_id, self._done)

    def _say(self, scene_id: str, done: int) -> None:
        if self._on_step is not None:
            self._on_step(Progress(stage=scene_id, done=done, total=self._total))
