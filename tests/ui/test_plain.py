"""What others wrote stands on the pages as they wrote it; `test_browser` has it drawn."""

import html
import json
import shutil
from pathlib import Path

import pytest

from lcapp.errors import RunError
from lcapp.families.door import locate
from lcapp.hub.config import CONFIG_FILE
from lcapp.prepare.registration.onto_aerial import UNDECIDED
from lcapp.ui.parts.plain import plain, printable
from tests.ui.pages import LONG, ended, explore, markdown, models, runs, told

pytestmark = pytest.mark.usefixtures("nothing_shared")

FILE = "![x](b.png) $a$ :red[r]"
"""As the name of a file."""
HOSTILE = f"{FILE} [l](http://evil.example) <b>b</b> :material/home: www.evil.example"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Picea_abies_4", "Picea_abies_4"),
        ("/a/b-c.tif: is no folder", "/a/b-c.tif: is no folder"),
        ("![x](y)", "!\\[x\\](y)"),
        ("_a_ `b` $c$ :red[d]", "\\_a\\_ \\`b\\` \\$c\\$ \\:red\\[d\\]"),
        ("http://a.b", "http\u2060\\://a.b"),
        ("user@name.org", "user@\u2060name.org"),
        ("a -> b", "a -\u2060> b".replace(">", "\\>")),
        ("12. x", "12\\. x"),
        ("# x", "\\# x"),
        ("a\n\n    b", "a b"),
    ],
)
def test_what_markdown_would_understand_is_escaped_and_nothing_else(text: str, shown: str) -> None:
    assert plain(text) == shown


BYTES = b"a\xe9b".decode("utf-8", "surrogateescape")
"""How Python spells a name that is no UTF-8."""


@pytest.mark.parametrize("name", ["a\x00b", "a\x1bb", "a\u202eb", BYTES])
def test_what_cannot_be_shown_is_told_as_that(name: str) -> None:
    assert printable(name) == "a\N{REPLACEMENT CHARACTER}b"


@pytest.fixture
def folder(treesat_folder: Path, tmp_path: Path) -> Path:
    """A collection whose folder has a name of that kind."""
    there = tmp_path / FILE
    there.mkdir()
    for file in treesat_folder.glob("Quercus_robur_7_85750*"):
        shutil.copy(file, there)
    return there


@pytest.fixture
def _bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that says all of itself in that way."""
    there = Path(shutil.copytree(locate("tiny"), tmp_path / "weights" / "hostile"))
    config = json.loads((there / CONFIG_FILE).read_text())
    config |= {"name": HOSTILE, "provenance": HOSTILE, "licence": HOSTILE}
    config["figures"] = {HOSTILE: HOSTILE}
    (there / CONFIG_FILE).write_text(json.dumps(config))
    monkeypatch.setenv("LCAPP_WEIGHTS", str(tmp_path / "weights"))


def only_plain(parts: list[str], *texts: str) -> None:
    """Assert that these texts are there, and nowhere as Markdown."""
    for text in texts:
        assert any(plain(text) in part for part in parts), text
        assert not any(text in part for part in parts), text


def test_nothing_of_the_address_is_markdown(treesat_folder: Path) -> None:
    page = explore(collection=str(treesat_folder), model=HOSTILE)
    assert page.error
    only_plain(markdown(page), HOSTILE)
    page = explore(collection=f"/{HOSTILE}")
    assert page.error
    only_plain(markdown(page), HOSTILE)


@pytest.mark.usefixtures("_bundle")
def test_nothing_of_a_file_is_markdown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = explore(collection=str(folder), model=HOSTILE, steps="1", scene=HOSTILE)
    assert page.warning
    only_plain(markdown(page), HOSTILE, FILE)
    page = explore(collection=str(folder), model=HOSTILE, steps="1")
    page.button(key="explore_run").click().run()
    ended(page)
    assert not page.error
    only_plain(markdown(page), HOSTILE, FILE)
    assert page.metric
    record = runs()[0].result.record
    for note in record.notes:
        said = record.registration.said if note == UNDECIDED else note
        assert f"- {plain(said)}" in markdown(page)

    page = models(part="On this computer")
    only_plain(markdown(page), HOSTILE)
    drawn = told(page)
    assert html.escape(HOSTILE) in drawn
    assert "<b>b</b>" not in drawn


def test_nothing_of_an_error_is_markdown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RunError(HOSTILE, where=folder)

    monkeypatch.setattr("lcapp.ui.session.work.runs.predict", fails)
    page = explore(collection=str(folder), model="tiny", steps="1")
    page.button(key="explore_run").click().run()
    assert runs()[0].wait(LONG)
    page.run()
    assert page.error
    only_plain(markdown(page), HOSTILE)
