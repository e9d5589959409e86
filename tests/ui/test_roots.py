"""Which folders the app opens, and for whom."""

import os
import shutil
from pathlib import Path

import pytest
import streamlit as st

from lcapp.errors import SceneError
from lcapp.ui.parts.plain import plain
from lcapp.ui.session.opening import start_first_run
from lcapp.ui.session.roots import ROOTS, check_folder, roots, take_options
from tests.ui.pages import explore, runs, told

pytestmark = pytest.mark.usefixtures("nothing_shared")


@pytest.fixture
def beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server answers to other computers too."""
    answers_at(monkeypatch, "0.0.0.0")


def answers_at(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    asked = st.get_option

    def option(name: str) -> object:
        return address if name == "server.address" else asked(name)

    monkeypatch.setattr(st, "get_option", option)


@pytest.fixture
def folder(treesat_folder: Path, tmp_path: Path) -> Path:
    """A collection of one scene, below `tmp_path / "open"`."""
    there = tmp_path / "open" / "trees"
    there.mkdir(parents=True)
    for file in treesat_folder.glob("Quercus_robur_7_85750*"):
        shutil.copy(file, there)
    return there


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.1.2.3"])
def test_on_this_computer_alone_every_folder_is_opened(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    answers_at(monkeypatch, address)
    assert roots() is None


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "server.example", "", None])
def test_beyond_it_none_is_unless_it_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str | None
) -> None:
    answers_at(monkeypatch, address)
    assert roots() == ()
    monkeypatch.setenv("LCAPP_COLLECTION", str(tmp_path))
    assert roots() == (tmp_path,)
    monkeypatch.setenv(ROOTS, f"/a{os.pathsep}/b")
    assert roots() == (Path("/a"), Path("/b"), tmp_path)


def test_roots_hold_on_this_computer_too_where_they_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ROOTS, str(tmp_path))
    with pytest.raises(SceneError):
        check_folder("/")


def test_an_option_names_them_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROOTS, "")
    take_options(["--host", "0.0.0.0", "--root-path", "/proxy"])  # another server's
    assert roots() is None
    take_options(["--root", "here", "--root", "/there"])
    assert roots() == (Path.cwd() / "here", Path("/there"))


def test_what_lies_outside_is_refused_in_the_same_words_whether_it_is_there_or_not(
    beyond: None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ROOTS, str(folder.parent))
    (tmp_path / "secret").mkdir()
    (folder.parent / "link").symlink_to(tmp_path / "secret")
    ring = folder.parent / "ring"
    ring.symlink_to(ring)
    said = set()
    for name in (
        str(tmp_path / "secret"),
        str(tmp_path / "nothing"),
        str(folder.parent / ".." / "secret"),
        str(folder.parent / "link"),
        str(folder.parent / "link" / "x"),
        str(tmp_path / "opening"),
        "/etc/passwd",
        "~nobody-of-that-name/x",
        "~",
        "a\0b",
        "/" + "x" * 5000,
        "https://example.org/catalogue",
    ):
        with pytest.raises(SceneError) as refused:
            check_folder(name)
        said.add(str(refused.value).replace(" ".join(name.split()), "NAME"))
    assert len(said) == 1
    assert ROOTS in said.pop()


def test_what_lies_inside_is_opened_by_whatever_way_it_is_named(
    beyond: None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(folder.parent)
    monkeypatch.setenv(ROOTS, str(tmp_path / "link"))
    for name in (folder, tmp_path / "link" / "trees", folder / ".." / "trees", folder.parent):
        check_folder(str(name))


def test_the_page_says_what_is_opened_and_what_to_set(
    beyond: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = explore(collection=str(folder), model="tiny")
    (error,) = page.error
    assert "is not opened here" in error.value
    assert page.text_input(key="explore_folder").disabled
    monkeypatch.setenv(ROOTS, str(folder.parent))
    page = explore(collection=str(folder), model="tiny")
    assert not page.error
    assert page.button(key="explore_run")
    assert plain(f"no folders but those below {folder.parent}") in told(page)
    assert plain(ROOTS) in told(page)


def test_the_server_itself_may_open_on_its_collection(
    beyond: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCAPP_COLLECTION", str(folder))
    assert not explore(model="tiny").error


@pytest.mark.usefixtures("demo_folder")
def test_the_simulated_scenes_are_opened_everywhere(beyond: None) -> None:
    start_first_run()
    (task,) = runs()
    assert task.wait()
    page = explore()
    assert not page.error
    assert "opens the simulated scenes alone" not in told(page)  # nobody has asked for a folder
    page.radio(key="explore_kind").set_value("").run()
    assert "opens the simulated scenes alone" in told(page)
    assert plain(ROOTS) in told(page)
