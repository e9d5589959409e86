"""The texts of the code, and a catalogue brought up to date with them.

Run as `python -m tests.language.extraction`. Babel's own extractor does not see into f-strings.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2] / "lcapp"
FRENCH = ROOT / "language" / "fr.po"
Text = str | tuple[str, ...]

_TAKEN = {"tr": 1, "message": 1, "trn": 2, "messages": None}
"""How many of a call's arguments are texts; None: all."""


_HEAD = r"""# French texts of lcapp.
msgid ""
msgstr ""
"Language: fr\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Where each call is that names a text, and the call."""
    for file in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id in _TAKEN:
                yield f"lcapp/{file.relative_to(ROOT)}:{node.lineno}", node


def texts() -> dict[Text, str]:
    """Each text, and where it stands first; one that depends on a number with its plural."""
    found: dict[Text, str] = {}
    for place, call in calls():
        name = call.func.id  # type: ignore[attr-defined]
        said = [one.value for one in call.args[: _TAKEN[name]] if isinstance(one, ast.Constant)]
        for text in [tuple(said)] if name == "trn" else said:
            found.setdefault(text, place)
    return found


def catalogue() -> Catalog:
    """The French one, as it is."""
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr")


def update() -> int:
    """Bring the French up to date; how many texts lack theirs."""
    known = {entry.id: entry.string for entry in catalogue() if entry.id}
    fresh = Catalog(locale="fr")
    for text, place in texts().items():
        fresh.add(text, known.get(text, ""), locations=[(place.partition(":")[0], None)])
    with FRENCH.open("wb") as file:
        file.write(_HEAD.encode("utf-8"))
        write_po(file, fresh, width=100, omit_header=True, include_lineno=False)
    return sum(not text or text not in known or not known[text] for text in texts())


if __name__ == "__main__":
    print(f"{update()} texts lack their French")
