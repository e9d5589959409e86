"""What goes wrong, said so that the reader can act: what, where, expected, what to do."""

_LONGEST = 8000
"""Letters of a clause; whatever a file holds can stand in one. Advice is never cut off."""


class LcappError(Exception):
    """A user's input or environment does not allow what was asked.

    The message is one line; the parts stay readable for a page that wants to lay them out.

    Args:
        what: What is wrong, as a short clause without a full stop.
        where: The file, scene or option it concerns.
        expected: What would have been right.
        advice: What to do about it, as an imperative clause.
    """

    def __init__(
        self,
        what: str,
        *,
        where: object | None = None,
        expected: str | None = None,
        advice: str | None = None,
    ) -> None:
        self.what = _cut(what)
        self.where = None if where is None else str(where)
        self.expected = None if expected is None else _cut(expected)
        self.advice = advice
        message = self.what if self.where is None else f"{self.where}: {self.what}"
        if self.expected:
            message += f"; expected {self.expected}"
        if advice:
            message += f"; {advice}"
        super().__init__(" ".join(message.split()))


def _cut(clause: str) -> str:
    """Beginning and end of a clause that is too long for a sentence."""
    if len(clause) <= _LONGEST:
        return clause
    return f"{clause[: _LONGEST * 3 // 4]} [...] {clause[-_LONGEST // 4 :]}"


class SceneError(LcappError):
    """A collection, raster or series cannot be used."""


class NoClearDate(SceneError):
    """A series has no date to go by, though nothing is wrong with its files."""


class BundleError(LcappError):
    """Weights or their description cannot be used."""


class RunError(LcappError):
    """A run or its outputs cannot be done here: options, memory, disk, device."""


class Cancelled(LcappError):
    """The run was cancelled on request; there is no result."""
