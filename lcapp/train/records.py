"""What a run leaves to read: one CSV of all figures, and a line on the terminal.

Lightning's own CSV logger empties its file when a run goes on, and holds all rows in memory; this
one appends, and drops what a killed run had written after its last checkpoint.
"""

import csv
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning as L
from lightning.pytorch.loggers.logger import Logger
from lightning.pytorch.utilities import rank_zero_only

from lcapp.files import write_file

COLUMNS = ("phase", "iteration", "figure", "value")


class FiguresFile(Logger):
    """`metrics.csv`: phase, iteration, name of the figure, value; one row a figure.

    Args:
        path: The file; both phases share it.
        phase: Written into each row.
        iteration: Rows of this phase from this iteration on are dropped: they will be made anew.
    """

    def __init__(self, path: Path, phase: str, iteration: int) -> None:
        super().__init__()
        self._path, self._phase = path, phase
        self._forget(iteration)

    @property
    def name(self) -> str:
        """Of the logger, for Lightning."""
        return "figures"

    @property
    def version(self) -> str:
        """There is one only."""
        return ""

    @rank_zero_only
    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: `config.json` has them."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Append the figures of an iteration."""
        with self._path.open("a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            for name, value in metrics.items():
                if name != "epoch":
                    rows.writerow((self._phase, step, name, repr(float(value))))

    @rank_zero_only
    def _forget(self, iteration: int) -> None:
        kept = [",".join(COLUMNS)]
        if self._path.is_file():
            with self._path.open(newline="", encoding="utf-8") as file:
                kept += [
                    ",".join(row[name] for name in COLUMNS)
                    for row in csv.DictReader(file)
                    if None not in row.values()  # the last row may be cut off
                    and (row["phase"] != self._phase or int(row["iteration"]) < iteration)
                ]
        write_file(self._path, ("\n".join(kept) + "\n").encode())


class ProgressLine(L.Callback):
    """Iterations done, loss and time left, on stderr: stdout is for answers.

    Args:
        phase: What the line begins with.
    """

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self._started = 0.0
        self._first = 0
        self._said = 0  # with accumulation, several batches end at one iteration

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """The clock starts where the run starts or goes on."""
        self._started = time.monotonic()
        self._first = self._said = trainer.global_step

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: Any, outputs: Any, *args: Any
    ) -> None:
        """Draw the line anew; in a log file, only now and then."""
        done, total = trainer.global_step, int(pl_module.iterations)
        often = sys.stderr.isatty() or done % 50 == 0 or done == total
        if not trainer.is_global_zero or not often or done == self._said:
            return
        self._said = done
        left = (time.monotonic() - self._started) / (done - self._first) * (total - done)
        loss = trainer.callback_metrics.get("train/loss")
        said = "" if loss is None else f"  loss {float(loss):.4f}"
        end = "\n" if done == total or not sys.stderr.isatty() else ""
        print(
            f"\r{self._phase} {done}/{total}{said}  {_duration(left)} left   ",
            end=end,
            file=sys.stderr,
            flush=True,
        )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"
