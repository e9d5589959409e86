"""The page Models, driven without a browser, with a local server in the Hub's place."""

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from streamlit.testing.v1 import AppTest

from lcapp.families.door import locate, open_card, published
from lcapp.hub.held_out import held_out
from lcapp.hub.transport import transfer
from lcapp.hub.transport.cache import state_on_disk
from lcapp.ui.parts.plain import plain
from lcapp.ui.session import cache
from lcapp.ui.session.roots import ROOTS
from tests.hub.hub_server import Hub, flairhub_file, served
from tests.ui.pages import LONG, ended, explore, models, told

ID = "IGNF/FLAIR-HUB_LC-A_IR_swinbase-upernet"
FILE = "FLAIR-HUB_LC-A_IR_swinbase-upernet.safetensors"
SERIES_ID = "IGNF/FLAIR-HUB_LC-G_utae"
WEIGHTS = flairhub_file(1.0)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture(autouse=True)
def hub(nothing_shared: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """An empty cache and a server."""
    monkeypatch.setattr(transfer, "WAITS", (0.01, 0.01, 0.01))
    with served(monkeypatch, tmp_path) as hub:
        hub.add(ID, {"README.md": b"# card", FILE: WEIGHTS}, licence="etalab-2.0")
        yield hub


def opened(part: str = "Land cover") -> AppTest:
    return models(part=part)


def fetched(page: AppTest, repo_id: str = ID) -> AppTest:
    """Click the download, and let the page show how it ended."""
    page.button(key=f"models_download_{repo_id}").click().run()
    return after(page, repo_id)


def after(page: AppTest, repo_id: str = ID) -> AppTest:
    """Wait for the download or check, and let the page show how it ended."""
    return ended(page, cache.downloads().find(repo_id))


def look_up(page: AppTest, repo_id: str) -> AppTest:
    page.text_input(key="models_id").set_value(repo_id)
    (button,) = (one for one in page.button if one.label == "Look up")
    return button.click().run()


def buttons(page: AppTest) -> set[str]:
    return {str(one.key) for one in page.button}


def test_every_known_model_is_listed_with_its_figures_and_what_would_be_downloaded(
    hub: Hub,
) -> None:
    page = opened()
    assert not page.exception
    keys = buttons(page)
    page.segmented_control(key="models_part").set_value("Crops").run()
    assert keys | buttons(page) >= {f"models_download_{one.id}" for one in published()}
    text = told(opened())
    for part in ("LC-A_IR_swinbase-upernet", "89.4 M", "358 MB", "64.8 %", "77.5 %", "etalab-2.0"):
        assert part in text
    assert "aerial image (near infrared, red, green)" in text
    assert "0 of 18 published models on disk" in text
    assert hub.log == [], "the page asked the Hub before a reader did"


def test_one_click_downloads_and_shows_commit_and_checksum(hub: Hub) -> None:
    page = fetched(opened())
    assert not page.error
    text = told(page)
    assert hub.repos[ID].refs["main"] in text
    assert SHA256 in text
    assert state_on_disk(ID).cached
    assert f"models_check_{ID}" in buttons(page)
    assert f"models_download_{ID}" not in buttons(page)
    # another session, or this one after a reload
    assert SHA256 in told(opened())


def test_a_cancel_counts_at_once_and_the_next_try_goes_on(hub: Hub) -> None:
    hub.cuts, hub.silence = [100_000], threading.Event()
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    task = cache.downloads().find(ID)
    assert task is not None
    while not state_on_disk(ID).bytes:
        assert task.state == "running"
        time.sleep(0.01)
    opened()  # a second tab disturbs nothing
    assert cache.downloads().find(ID) is task
    page.button(key=f"models_cancel_{ID}").click().run()
    assert "Cancelled" in told(page)
    button = page.button(key=f"models_download_{ID}")
    assert button.label.startswith("Go on")
    button.click().run()
    hub.silence.set()  # so long the first thread has waited for a server that says nothing
    after(page)
    assert SHA256 in told(page)
    again = cache.downloads().find(ID)
    assert again is not None
    assert again is not task
    assert again.result is not None
    assert 0 < again.result.downloaded < len(WEIGHTS)
    assert task.wait(LONG)
    assert task.result is None


def test_a_refusal_is_a_sentence_and_the_page_stays_usable(hub: Hub) -> None:
    hub.down = 503
    page = fetched(opened())
    assert not page.exception
    assert any("has a fault (503)" in error.value and ID in error.value for error in page.error)
    hub.down = 0
    fetched(page)
    assert not page.error
    assert SHA256 in told(page)


def test_a_check_finds_a_damaged_copy(hub: Hub) -> None:
    page = fetched(opened())
    asked = len(hub.log)
    after(page.button(key=f"models_check_{ID}").click().run())
    assert "On disk and whole" in told(page)
    task = cache.downloads().find(ID)
    assert task is not None
    assert task.result is not None
    blob = task.result.weights.resolve()
    blob.write_bytes(blob.read_bytes()[:-1] + b"\x00")
    after(page.button(key=f"models_check_{ID}").click().run())
    assert any("damaged" in error.value for error in page.error)
    assert len(hub.log) == asked, "a check asked the Hub"


def test_size_and_licence_of_an_own_id_are_shown_before_the_download(hub: Hub) -> None:
    hub.add("user/mine", {"model.safetensors": WEIGHTS}, licence="mit")
    page = look_up(opened("Another id"), "user/mine")
    text = told(page)
    assert "licence mit" in text
    assert "1.0 MB" in text
    assert hub.repos["user/mine"].refs["main"][:12] in text
    assert not hub.content()
    fetched(page, "user/mine")
    assert SHA256 in told(page)
    assert "models_check_user/mine" in buttons(page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "is no repo id"),
        ("user/nothing", "does not exist or is private"),
    ],
)
def test_an_id_that_is_wrong_gets_a_sentence(hub: Hub, typed: str, said: str) -> None:
    page = look_up(opened("Another id"), typed)
    assert not page.exception
    (error,) = page.error
    assert said in error.value
    look_up(page, ID)
    assert not page.error
    assert f"models_download_{ID}" in buttons(page)


def test_without_a_network_the_page_says_so_and_shows_what_is_on_disk(hub: Hub) -> None:
    page = fetched(opened())
    hub.close()
    page.segmented_control(key="models_part").set_value("Another id").run()
    look_up(page, "user/mine")
    assert any("gave no answer" in warning.value for warning in page.warning)
    assert any("cannot be reached" in error.value for error in page.error)
    look_up(page, ID)
    assert "A copy of it is on this computer" in told(page)
    page.segmented_control(key="models_part").set_value("Land cover").run()
    page.toggle(key="models_only").set_value(True).run()
    assert {key for key in buttons(page) if key.startswith("models_")} == {f"models_check_{ID}"}


def test_paths_of_the_cache_are_shown_on_the_computer_itself_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(ROOTS, raising=False)
    monkeypatch.setattr("lcapp.ui.session.roots._answers_here_alone", lambda: True)
    page = fetched(opened())
    task = cache.downloads().find(ID)
    assert task is not None
    assert task.result is not None
    assert str(task.result.weights) in told(page)
    assert plain(constants.HF_HUB_CACHE) in told(page)
    monkeypatch.setattr("lcapp.ui.session.roots._answers_here_alone", lambda: False)
    page.run()
    assert SHA256 in told(page)
    assert constants.HF_HUB_CACHE not in told(page).replace("\\", "")
    task.result.weights.resolve().write_bytes(b"damaged")
    after(page.button(key=f"models_check_{ID}").click().run())
    (error,) = page.error
    assert "the cache of the Hub" in error.value
    assert str(Path(constants.HF_HUB_CACHE).parent) not in error.value.replace("\\", "")


def test_in_offline_mode_nothing_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    page = opened()
    assert any("Offline mode is on" in info.value for info in page.info)
    assert page.button(key=f"models_download_{ID}").disabled


def test_a_bundle_of_the_hub_is_listed_and_offered_by_explore(hub: Hub, demo_folder: Path) -> None:
    tiny = locate("tiny")
    hub.add("user/first", {one.name: one.read_bytes() for one in tiny.iterdir() if one.is_file()})
    page = look_up(opened("Another id"), "user/first")
    fetched(page, "user/first")
    page.segmented_control(key="models_part").set_value("On this computer").run()
    assert "models_check_user/first" in buttons(page)
    assert "tiny (not trained)" in told(page)
    figures = held_out(open_card("demo").figures)
    assert figures is not None
    assert f"mIoU {figures.miou:.1%}, overall accuracy {figures.oa:.1%}." in told(page)
    assert "{'" not in told(page)  # no figure that has parts is printed as Python writes it
    app = explore(model="user/first")
    assert not app.error
    assert app.selectbox(key="explore_model").value == "user/first"
