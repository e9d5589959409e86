"""A parser whose refusals are sentences like all others, and no page of usage."""

import argparse
import difflib
import re
import reprlib
from collections.abc import Sequence
from typing import Any, NoReturn

from lcapp.errors import RunError

_KINDS = {"int": "a whole number", "float": "a number"}


class Parser(argparse.ArgumentParser):
    """Raises `RunError` for what it does not understand."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked: Sequence[str] = ()
        # West of Greenwich a longitude begins like an option: --place -1.55,47.21
        self._negative_number_matcher = re.compile(r"-[0-9.]+(,-?[0-9.]+)?$")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As argparse's; remembers what was asked."""
        self.asked = () if args is None else tuple(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """What is wrong, what was expected, what to do.

        Raises:
            RunError: Always.
        """
        what, expected, advice = self._told(message)
        help_ = f"see {self.prog} --help"
        raise RunError(what, expected=expected, advice=f"{advice} {help_}" if advice else help_)

    def _told(self, message: str) -> tuple[str, str | None, str | None]:
        """Argparse's words, read and said anew; what it says otherwise stays as it is."""
        if found := re.fullmatch(r"the following arguments are required: (.*)", message):
            if "VERB" in found[1]:
                return "no verb is named", f"one of {', '.join(self._verbs())}", None
            if (unknown := self._unknown()) is not None:  # --outt is what it is called instead
                return self._no_option(unknown)
            several = "," in found[1]
            return f"{found[1]} {'are' if several else 'is'} missing", None, None
        if found := re.fullmatch(r"unrecognized arguments: (.*)", message, re.DOTALL):
            name = found[1].split()[0] if found[1].split() else found[1]
            if not name.startswith("-"):
                return f"{_short(name)} is one word too many", None, None
            return self._no_option(name)
        if not (found := re.fullmatch(r"argument (.*?): (.*)", message, re.DOTALL)):
            return message, None, None
        name, said = found[1].partition("/")[0], found[2]
        if wrong := re.fullmatch(r"invalid choice: '(.*)' \(choose from (.*)\)", said, re.DOTALL):
            choices = re.findall(r"'(.*?)'", wrong[2])
            near = _near(wrong[1], choices)
            if name == "VERB":
                return f"there is no verb {_short(wrong[1])}", f"one of {', '.join(choices)}", near
            return f"{name} is {_short(wrong[1])}", " or ".join(choices), near
        if wrong := re.fullmatch(r"invalid (\w+) value: '(.*)'", said, re.DOTALL):
            return f"{name} is {_short(wrong[2])}", _KINDS.get(wrong[1], f"a {wrong[1]}"), None
        if wrong := re.fullmatch(r"expected (.*) arguments?", said):
            return f"{name} has too few values", f"{wrong[1].replace('argument', 'value')}", None
        if said.startswith("ignored explicit argument"):
            return f"{name} takes no value", None, None
        return f"{name}: {said}", None, None

    def _no_option(self, name: str) -> tuple[str, str | None, str | None]:
        return f"there is no option {_short(name)}", None, _near(name, self._options())

    def _unknown(self) -> str | None:
        """An option that was typed and is none, nor the beginning of one."""
        typed = (one.partition("=")[0] for one in self.asked if one.startswith("--"))
        known = self._options()
        return next((one for one in typed if not any(k.startswith(one) for k in known)), None)

    def _verbs(self) -> dict[str, argparse.ArgumentParser]:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return dict(action.choices)
        return {}

    def _options(self) -> list[str]:
        """Those of the verb that was asked for, or of this parser itself."""
        verbs = self._verbs()
        parser = next((verbs[one] for one in self.asked if one in verbs), self)
        return [name for action in parser._actions for name in action.option_strings]


def _short(text: str) -> str:
    return reprlib.repr(text)


def _near(name: str, known: Sequence[str]) -> str | None:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else None
