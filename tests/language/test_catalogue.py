"""Every text of the code is in the catalogue, with the same fields, and no other is."""

import ast
import re
from pathlib import Path
from string import Formatter

from lcapp.ui.components import panes
from tests.language.extraction import calls, catalogue, texts


def fields(text: str) -> set[str]:
    return {f"{name}:{form}" for _, name, form, _ in Formatter().parse(text) if name is not None}


def test_every_text_has_its_french_and_no_french_is_left_of_one_that_has_gone() -> None:
    french = {entry.id: entry for entry in catalogue() if entry.id}
    lacking = {
        text: place
        for text, place in texts().items()
        if text not in french or french[text].fuzzy or not all(said(french[text].string))
    }
    assert not lacking, "\n".join(f"{place} {text!r}" for text, place in lacking.items())
    assert not french.keys() - texts().keys()


def test_the_french_has_the_fields_of_the_english() -> None:
    for entry in catalogue():
        if entry.id:
            wanted = set().union(*map(fields, said(entry.id)))
            assert set().union(*map(fields, said(entry.string))) == wanted, entry.id


def said(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def test_a_call_gives_each_field_that_its_text_names_and_no_other() -> None:
    for place, call in calls():
        first = call.args[0] if call.args else None
        assert not isinstance(first, ast.JoinedStr), f"{place}: no text can be looked up"
        named = {one.arg for one in call.keywords}
        if not isinstance(first, ast.Constant) or None in named or "message" in call.func.id:
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
