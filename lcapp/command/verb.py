"""What a verb is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True)
class Verb:
    """One verb of the command line.

    Attributes:
        name: What the user types.
        text: What it does, for `--help`.
        arguments: Adds its options to a parser.
        run: Does it; the answer is plain data.
        show: The answer as text.
    """

    name: str
    text: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Answer]
    show: Callable[[Any], str]
