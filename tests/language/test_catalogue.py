"""Every text of the code is in the catalogue, with the same fields, and no other is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from lcapp.ui.components import panes

ROOT = Path(__file__).resolve().parents[2] / "lcapp"
KEYWORDS = {"tr": None, "trn": (1, 2), "message": None}
Text = str | tuple[str, ...]


@pytest.fixture(scope="module")
def texts() -> dict[Text, str]:
    """Each text of the code, and where it stands."""
    found = extract_from_dir(ROOT, [("**.py", "python")], keywords=KEYWORDS)
    return {text: f"{file}:{line}" for file, line, text, *_ in found}


@pytest.fixture(scope="module")
def french() -> Catalog:
    with (ROOT / "language" / "fr.po").open("rb") as file:
        return read_po(file, locale="fr")


def fields(text: str) -> set[str]:
    return {f"{name}:{form}" for _, name, form, _ in Formatter().parse(text) if name is not None}


def test_every_text_has_its_french(texts: dict[Text, str], french: Catalog) -> None:
    lacking = {
        text: place
        for text, place in texts.items()
        if (entry := french.get(text if isinstance(text, str) else text[0])) is None
        or entry.fuzzy
        or not all([entry.string] if isinstance(entry.string, str) else entry.string)
    }
    assert not lacking, "\n".join(f"{place} {text!r}" for text, place in lacking.items())


def test_no_french_is_left_of_a_text_that_has_gone(texts: dict[Text, str], french: Catalog) -> None:
    gone = {entry.id for entry in french if entry.id and entry.id not in texts}
    assert not gone
    assert not french.obsolete


def test_the_french_has_the_fields_of_the_english(french: Catalog) -> None:
    for entry in french:
        if entry.id:
            ids = [entry.id] if isinstance(entry.id, str) else entry.id
            said = [entry.string] if isinstance(entry.string, str) else entry.string
            wanted = set().union(*map(fields, ids))
            for text in said:
                assert fields(text) <= wanted, f"{text!r} has fields of its own"
            assert set().union(*map(fields, said)) == wanted, entry.id


def calls() -> Iterator[tuple[str, ast.Call]]:
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in KEYWORDS
            ):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def test_a_call_gives_each_field_that_its_text_names_and_no_other() -> None:
    for place, call in calls():
        first = call.args[0] if call.args else None
        assert not isinstance(first, ast.JoinedStr), f"{place}: no text can be looked up"
        named = {one.arg for one in call.keywords}
        if not isinstance(first, ast.Constant) or None in named or call.func.id == "message":
            continue
        wanted = {one.partition(":")[0] for one in fields(first.value)}
        if call.func.id == "trn":
            wanted |= {one.partition(":")[0] for one in fields(call.args[1].value)}
            wanted -= {"n"}
        assert named == wanted or (not named and call.func.id == "tr"), place


def test_a_component_hands_over_every_text_of_its_scripts() -> None:
    folder = Path(panes.__file__).parent
    scripts = "".join(file.read_text("utf-8") for file in folder.glob("panes*.js"))
    joined = re.sub(r'"\s*\+\s*"', "", scripts)
    said = set(re.findall(r'say\((?:[^"()]*\? )?"([^"]+)"', joined))
    said |= set(re.findall(r'say\([^"()]*\? "[^"]+" : "([^"]+)"', joined))
    html = (folder / "panes.html").read_text("utf-8")
    said |= {" ".join(one.split()) for one in re.findall(r">([^<>]*[a-z]{2}[^<>]*)<", html)}
    said |= set(re.findall(r'(?:title|aria-label)="([^"]+)"', html))
    assert said <= set(panes._TEXTS), said - set(panes._TEXTS)
