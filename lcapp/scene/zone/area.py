"""What can be classified in windows, whatever it is made of."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from lcapp.types import Grid, Scene


class Area(Protocol):
    """A place larger than what a network sees; its pixels stay in their files."""

    @property
    def id(self) -> str:
        """What the results call it."""

    @property
    def grid(self) -> Grid:
        """Of the whole."""

    @property
    def holds(self) -> frozenset[str]:
        """Names of the images and series of its windows."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be assumed, one sentence each."""

    @property
    def simulated(self) -> bool:
        """No sensor has seen it."""

    def step(self, names: Collection[str]) -> int:
        """Pixels of which a window has to begin at a multiple, so that it cuts through no pixel.

        Args:
            names: The images and series that the window is to hold.
        """

    def scene(self, rows: slice, cols: slice, names: Collection[str] | None = None) -> Scene | None:
        """A window as a scene of its own, with its own part of each series.

        Args:
            rows: Rows of the zone.
            cols: Columns of the zone.
            names: The images and series that are asked for; None for all of `holds`.

        Returns:
            Images are 0 where there is nothing. None where there is nothing to go by: no image,
            or a series without a day that is known all over the window.

        Raises:
            SceneError: A file cannot be read, or one of the names is not there.
        """

    def sources(self) -> Collection[Path]:
        """The files that are read, and the folders of which every file is."""

    def fingerprints(self) -> Mapping[str, str]:
        """What tells that a file was exchanged."""
