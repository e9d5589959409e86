"""The page Models, driven without a browser, with a local server in the Hub's place."""

import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants
from streamlit.testing.v1 import AppTest

from lcapp.families.flairhub.known import KNOWN
from lcapp.hub.config import bundle_path, read_config
from lcapp.hub.held_out import held_out
from lcapp.hub.transport import transfer
from lcapp.hub.transport.cache import state_on_disk
from lcapp.simulate.formats.flairhub import simulate_flairhub
from lcapp.ui.parts import tryout
from lcapp.ui.parts.catalogue import told as told_progress
from lcapp.ui.session import cache
from lcapp.ui.session.state import View
from tests.hub.hub_server import Hub, flairhub_file, served

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "lcapp" / "ui" / "pages" / "main.py"
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


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated region of one patch."""
    return simulate_flairhub(tmp_path_factory.mktemp("flairhub") / "region", cols=1)


def page_of_models() -> None:
    from lcapp.ui.pages.models import models

    models()


def opened(part: str | None = None) -> AppTest:
    page = AppTest.from_function(page_of_models, default_timeout=60).run()
    return page if part is None else page.segmented_control(key="models_part").set_value(part).run()


def ended(page: AppTest, repo_id: str = ID) -> AppTest:
    """Wait for the download that the page has started, then let the page show how it ended."""
    task = cache.downloads().find(repo_id)
    assert task is not None
    assert task.wait(30)
    return page.run()


def told(page: AppTest) -> str:
    """Everything that the page says."""
    parts = [*page.error, *page.warning, *page.info, *page.caption, *page.markdown]
    shown = [str(one.value) for one in parts]
    return "\n".join([*shown, *(one.proto.body for one in page.get("html"))])


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
    assert keys | buttons(page) >= {f"models_download_{one.id}" for one in KNOWN}
    text = told(opened())
    for part in ("LC-A_IR_swinbase-upernet", "89.4 M", "358 MB", "64.8 %", "77.5 %", "etalab-2.0"):
        assert part in text
    assert "aerial image (near infrared, red, green)" in text
    assert "0 of 18 published models on disk" in text
    assert hub.log == [], "the page asked the Hub before a reader did"


def test_one_click_downloads_and_shows_commit_and_checksum(hub: Hub) -> None:
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    assert not page.error
    text = told(page)
    assert hub.repos[ID].refs["main"] in text
    assert SHA256 in text
    assert state_on_disk(ID).cached
    assert f"models_check_{ID}" in buttons(page)
    assert f"models_download_{ID}" not in buttons(page)
    # another session, or this one after a reload
    assert SHA256 in told(opened())


def test_cancel_works_within_a_second_and_the_next_try_goes_on(hub: Hub) -> None:
    hub.pause = 0.05  # three seconds for the whole
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    task = cache.downloads().find(ID)
    assert task is not None
    while task.progress is None or task.progress.done < 100_000:
        time.sleep(0.02)
    opened()  # a second tab disturbs nothing
    assert cache.downloads().find(ID) is task
    page.button(key=f"models_cancel_{ID}").click().run()
    assert "Cancelled" in told(page)
    assert task.wait(1)
    kept = state_on_disk(ID).bytes
    assert 100_000 <= kept < len(WEIGHTS)
    hub.pause = 0
    assert page.button(key=f"models_download_{ID}").label.startswith("Go on")
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    again = cache.downloads().find(ID)
    assert again is not None
    assert again.result is not None
    assert again.result.downloaded == len(WEIGHTS) - kept
    assert SHA256 in told(page)


def test_a_cancel_counts_at_once_even_while_the_server_is_silent(hub: Hub) -> None:
    hub.cuts, hub.stall = [100_000], 2.0
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    task = cache.downloads().find(ID)
    assert task is not None
    while task.progress is None:
        time.sleep(0.02)
    page.button(key=f"models_cancel_{ID}").click().run()
    assert task.state == "cancelled"
    assert "Cancelled" in told(page)
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    assert SHA256 in told(page)
    assert task.wait(10)


@pytest.mark.parametrize(
    ("down", "said"), [(503, "has a fault (503)"), (404, "refuses (404)"), (401, "does not exist")]
)
def test_a_refusal_is_a_sentence_and_the_page_stays_usable(hub: Hub, down: int, said: str) -> None:
    hub.down = down
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    assert not page.exception
    assert any(said in error.value and ID in error.value for error in page.error)
    hub.down = 0
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    assert not page.error
    assert SHA256 in told(page)


def test_a_check_finds_a_damaged_copy(hub: Hub) -> None:
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    asked = len(hub.log)
    page.button(key=f"models_check_{ID}").click().run()
    ended(page)
    assert "On disk and whole" in told(page)
    task = cache.downloads().find(ID)
    assert task is not None
    assert task.result is not None
    blob = task.result.weights.resolve()
    blob.write_bytes(blob.read_bytes()[:-1] + b"\x00")
    page.button(key=f"models_check_{ID}").click().run()
    ended(page)
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
    page.button(key="models_download_user/mine").click().run()
    ended(page, "user/mine")
    assert SHA256 in told(page)
    assert "models_check_user/mine" in buttons(page)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "is no repo id"),
        ("../../etc", "is no repo id"),
        ("user/nothing", "does not exist or is private"),
        (f"{ID}@v9", "no revision 'v9'"),
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
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
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


def test_in_offline_mode_nothing_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    page = opened()
    assert any("Offline mode is on" in info.value for info in page.info)
    assert page.button(key=f"models_download_{ID}").disabled


def test_a_bundle_of_the_hub_is_listed_and_offered_by_explore(hub: Hub) -> None:
    tiny = bundle_path("tiny")
    hub.add("user/first", {one.name: one.read_bytes() for one in tiny.iterdir() if one.is_file()})
    page = look_up(opened("Another id"), "user/first")
    page.button(key="models_download_user/first").click().run()
    ended(page, "user/first")
    page.segmented_control(key="models_part").set_value("Bundles of lcapp").run()
    assert "models_check_user/first" in buttons(page)
    assert "tiny (not trained)" in told(page)
    figures = held_out(read_config(bundle_path("demo")))
    assert figures is not None
    assert f"mIoU {figures.miou:.1%}, overall accuracy {figures.oa:.1%}." in told(page)
    assert "{'" not in told(page)  # no figure that has parts is printed as Python writes it
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["model"] = "user/first"
    app.run()
    assert not app.error
    assert app.selectbox(key="explore_model").value == "user/first"
    assert cache.weights("user/first")[1] == cache.weights("tiny")[1]


def test_explore_shows_the_same_after_a_visit_to_another_page() -> None:
    def visit() -> None:
        import streamlit as st

        from lcapp.ui.session import state

        if st.session_state.get("elsewhere"):
            state.away()
            st.query_params.clear()
        else:
            view, renewed = state.opened(state.View())
            state.keep(view)
            st.session_state["seen"] = (view, renewed)

    page = AppTest.from_function(visit)
    page.query_params["steps"] = "7"
    page.query_params["scene"] = "S"
    page.run()
    page.session_state["elsewhere"] = True
    page.run()
    page.session_state["elsewhere"] = False
    page.run()
    assert page.session_state["seen"] == (View(scene="S", steps=7), True)
    assert page.query_params["steps"] in ("7", ["7"])
    page.run()
    assert page.session_state["seen"] == (View(scene="S", steps=7), False)


@pytest.mark.slow
def test_a_model_on_disk_classifies_a_simulated_patch(
    hub: Hub, oracles: Path, region: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.families.flairhub.test_file import written

    content = written(oracles, "LC-G", tmp_path).read_bytes()
    hub.add(SERIES_ID, {"FLAIR-HUB_LC-G_utae.safetensors": content})
    monkeypatch.setattr(tryout, "_simulated", lambda: SimpleNamespace(name=str(region.parent)))
    page = opened("Try it")
    assert "Download one" in told(page)
    cache.downloads().start(SERIES_ID).wait(30)
    page.run()
    page.button(key="models_try_run").click().run()
    (task,) = tryout._tasks()._tasks.values()
    assert task.wait(60)
    page.run()
    assert not page.exception
    assert not page.error
    text = told(page)
    assert "The patch is simulated" in text
    assert "Land cover" in text
    assert hashlib.sha256(content).hexdigest() in text
    assert "lc-legend" in text
    assert len(page.get("image")) == 2


def test_a_model_whose_inputs_the_patch_lacks_is_not_offered(
    hub: Hub, region: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "region"
    shutil.copytree(region, folder)
    for file in folder.glob("*_SENTINEL2_TS/*/*.tif"):
        file.unlink()
    hub.add(SERIES_ID, {"model.safetensors": WEIGHTS})
    cache.downloads().start(SERIES_ID).wait(30)
    page = AppTest.from_function(page_of_models, default_timeout=60)
    page.session_state["models_part"] = "Try it"
    page.session_state["models_try_kind"] = "FLAIR-HUB folder"
    page.run()
    page.text_input(key="models_try_folder").set_value(str(folder)).run()
    assert not page.exception
    assert "the patch has no SENTINEL2_TS" in told(page)
    assert "models_try_run" not in buttons(page)
    page.text_input(key="models_try_folder").set_value("/nowhere").run()
    assert any("/nowhere" in error.value for error in page.error)


def test_an_unforeseen_error_is_shown_and_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("lcapp.ui.session.downloads.fetch", fails)
    page = opened()
    page.button(key=f"models_download_{ID}").click().run()
    ended(page)
    assert "did not foresee" in told(page)
    assert any("oops" in str(shown.value) for shown in page.exception)


def test_progress_is_told_in_bytes_and_time_left() -> None:
    half = transfer.Download("x", 179_000_000, 358_000_000, 42.4)
    assert told_progress(half) == "179.0 of 358.0 MB, 42 s left"
    slow = transfer.Download("x", 1_000_000, 358_000_000, 600.0)
    assert told_progress(slow).endswith(", 10 min left")
    assert "checksum" in told_progress(transfer.Download("x", 5, 5, 0.0))


def test_opening_the_page_imports_no_torch() -> None:
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "source = 'from lcapp.ui.pages.models import models\\nmodels()'\n"
        "page = AppTest.from_string(source, default_timeout=60).run()\n"
        "for part in ('Crops', 'Bundles of lcapp', 'Another id', 'Try it'):\n"
        "    page.segmented_control(key='models_part').set_value(part).run()\n"
        "    assert not page.exception and not page.error\n"
        "print([m for m in ('torch', 'diffusers', 'timm') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
