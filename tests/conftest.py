"""What every test may use: real scenes and oracles beside the project, demo scenes, bundles."""

import os
import shutil
import signal
from pathlib import Path

import pytest

pytest_plugins = ("tests.scene.services.fixtures",)

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test of minutes first: begun last, it would run alone at the end."""
    items.sort(key=lambda item: "test_one_scene_is_learnt_by_heart" not in item.name)


def _shared(part: str) -> Path:
    folder = SHARED / part
    if not folder.is_dir():
        pytest.skip(f"needs shared/{part} beside the project")
    return folder


def heeds_ctrl_c() -> None:
    """For `preexec_fn`: where the tests run in the background, SIGINT is ignored by inheritance."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def treesat_folder() -> Path:
    """Four real TreeSatAI-TS scenes."""
    return _shared("data/treesatai_ts")


@pytest.fixture(scope="session")
def oracles() -> Path:
    """Numbers of independent implementations."""
    return _shared("oracles")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither use nor fill the user's cache; those of one session share theirs."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    os.environ["LCAPP_CACHE"] = str(folder / "cache")
    os.environ["LCAPP_RESULTS_MB"] = "0"  # what one test has computed is not there in another


@pytest.fixture(scope="session", autouse=True)
def _weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The package's bundles, and `tiny`: initial weights of a network of more kinds of parts."""
    from tests.initial import write_initial_bundle

    folder = tmp_path_factory.mktemp("all") / "weights"
    shutil.copytree(ROOT / "weights", folder)
    # Of the seeds 0 to 11, 4 is the one whose random map holds several classes.
    write_initial_bundle(folder / "tiny", "tiny", seed=4)
    os.environ["LCAPP_WEIGHTS"] = str(folder)


@pytest.fixture(scope="session")
def demo_folder(_own_cache: None) -> Path:
    """The simulated demo collection, generated once."""
    from lcapp.simulate.demo.scenes import demo_collection

    return demo_collection()


SIMULATED = {"tiles": 5, "seed": 3, "domains": 1}
"""Settings of `simulated_folder`."""


@pytest.fixture(scope="session")
def simulated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated collection to read: two zones of a domain, of four tiles and of one."""
    from lcapp.simulate.collection import simulate

    return simulate(tmp_path_factory.mktemp("simulated") / "collection", **SIMULATED, processes=1)
