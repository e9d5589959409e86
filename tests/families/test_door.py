"""By which names a model is found, and what one that cannot be used costs: itself alone."""

import json
import logging
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from lcapp.errors import BundleError
from lcapp.families import door
from lcapp.families.family import FAMILIES, Family
from lcapp.hub.config import CONFIG_FILE, WEIGHTS_FILE, bundle_hash
from lcapp.types import Card
from tests.hub.hub_server import Hub, served
from tests.initial import write_initial_bundle

TENSOR = "mine.weight"
"""By which the family of these tests knows its files."""


@pytest.fixture(scope="session")
def initial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("door") / "first"
    write_initial_bundle(path, "smallest")
    return path


@pytest.fixture
def bundle(initial: Path) -> Callable[..., Path]:
    """A copy of a bundle; its description changed, or its weights cut off."""

    def bundle(path: Path, cut: bool = False, **changes: object) -> Path:
        shutil.copytree(initial, path)
        described = json.loads((path / CONFIG_FILE).read_text()) | changes
        (path / CONFIG_FILE).write_text(json.dumps(described))
        if cut:
            (path / WEIGHTS_FILE).write_bytes((path / WEIGHTS_FILE).read_bytes()[:1000])
        return path

    return bundle


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundle: Callable[..., Path]) -> Path:
    """Weights with two bundles, beside an empty folder that the tests stand in."""
    folder = tmp_path / "weights"
    bundle(folder / "a", name="first")
    bundle(folder / "b", name="second")
    monkeypatch.setenv("LCAPP_WEIGHTS", str(folder))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with served(monkeypatch, tmp_path / "cache") as hub:
        yield hub


@pytest.fixture
def own_family(monkeypatch: pytest.MonkeyPatch, initial: Path) -> str:
    """A family of one line, of files with a tensor of that name."""
    own = replace(door.open_card(initial), family="own")

    def describe(path: Path) -> object:
        return replace(own, path=path)

    family = Family(
        describe=describe,
        open=lambda path: SimpleNamespace(card=describe(path), load=lambda: None),
        owns_file=lambda names: TENSOR in names,
    )
    monkeypatch.setitem(sys.modules, "family_of_mine", SimpleNamespace(FAMILY=family))
    monkeypatch.setitem(FAMILIES, "own", "family_of_mine")
    return "own"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Weights of that family, alone."""
    path = tmp_path / "alone.safetensors"
    save_file({TENSOR: torch.zeros(2)}, path)
    return path


def refused(name: str | Path) -> str:
    """The sentence; a card and a model are refused by the same."""
    said = []
    for opens in (door.open_card, door.open_model):
        with pytest.raises(BundleError) as caught:
            opens(name)
        said.append(str(caught.value))
    assert said[0] == said[1]
    return said[0]


def listed(caplog: pytest.LogCaptureFixture) -> tuple[set[str], str]:
    """Names of the cards, and what the log says meanwhile."""
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        return set(door.cards()), caplog.text


# Names


def test_a_bundle_is_found_by_its_folder_its_own_name_and_its_path(
    root: Path, bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = bundle(root.parent / "elsewhere" / "copy", name="third")
    monkeypatch.chdir(elsewhere.parent)
    for name in ("a", "first", root / "a", str(root / "a")):
        assert door.open_card(name).path == root / "a"
        assert door.open_model(name).card.path == root / "a"
    for name in ("copy", elsewhere, str(elsewhere)):
        assert door.open_card(name).path.samefile(elsewhere)
    assert door.open_model("a").card.hash == bundle_hash(root / "a")


def test_a_name_of_nothing_says_what_there_is(root: Path) -> None:
    assert "no bundle 'third'; expected one of first, second, or the path" in refused("third")


def test_a_bundle_of_the_hub_is_opened_by_its_id_and_listed(
    root: Path, hub: Hub, initial: Path
) -> None:
    hub.add("user/ours", {one.name: one.read_bytes() for one in initial.iterdir()})
    model = door.open_model("user/ours")
    assert model.card.hash == bundle_hash(initial)
    model.load()
    asked = len(hub.log)
    assert set(door.cards()) == {"first", "second", "user/ours"}
    assert len(hub.log) == asked


def test_a_file_is_opened_by_its_path_or_by_its_id_on_the_hub(
    root: Path, hub: Hub, own_family: str, file: Path
) -> None:
    hub.add("user/alone", {"alone.safetensors": file.read_bytes()})
    for name in (file, "user/alone"):
        assert door.open_card(name).family == own_family
        assert door.open_model(name).card.path.name == "alone.safetensors"
    assert door.cards()["user/alone"].family == own_family


def test_what_is_on_this_machine_needs_no_hub(
    root: Path, hub: Hub, bundle: Callable[..., Path]
) -> None:
    bundle(Path("user/ours"))
    assert door.open_card("user/ours").path == Path("user/ours")
    assert not hub.log


def test_what_is_neither_here_nor_on_the_hub_says_both(root: Path, hub: Hub) -> None:
    said = refused("weights/tinny")
    assert "no model on this machine, and on the Hub: does not exist or is private" in said
    assert "check the spelling" in said


# A name that fits two models


def test_a_bundle_in_weights_and_another_here_are_not_mixed_up(
    root: Path, bundle: Callable[..., Path]
) -> None:
    bundle(Path("a"), name="here")
    bundle(Path("second"), name="here")
    for name in ("a", "second"):
        said = refused(name)
        assert f"fits 2 models: {root}" in said
        assert "whole path" in said
    assert door.open_card(Path("a").absolute()).name == "here"
    assert door.open_card(root / "a").name == "first"


def test_any_other_folder_of_that_name_does_not_matter(
    root: Path, bundle: Callable[..., Path]
) -> None:
    Path("a").mkdir()
    Path("second").mkdir()
    assert door.open_card("a").path == root / "a"
    assert door.open_card("second").path == root / "b"


def test_two_bundles_of_the_same_own_name_are_told_apart_by_their_folders(
    root: Path, bundle: Callable[..., Path]
) -> None:
    bundle(root / "c", name="second")
    said = refused("second")
    assert f"{root / 'b'}" in said
    assert f"{root / 'c'}" in said
    assert "whole path" in said
    assert door.open_card("c").path == root / "c"
    assert {name: card.path.name for name, card in door.cards().items()} == {
        "first": "a",
        "b": "b",
        "c": "c",
    }


def test_a_folder_here_and_a_fetched_model_are_not_mixed_up(
    root: Path, hub: Hub, bundle: Callable[..., Path], initial: Path
) -> None:
    hub.add("user/ours", {one.name: one.read_bytes() for one in initial.iterdir()})
    door.open_card("user/ours")
    Path("user/ours").mkdir(parents=True)  # a folder of anything else does not matter
    assert door.open_card("user/ours").path != Path("user/ours")
    Path("user/ours").rmdir()
    bundle(Path("user/ours"))
    said = refused("user/ours")
    assert "fits 2 models: user/ours, user/ours of the Hub" in said
    assert "whole path" in said
    assert door.open_card(Path("user/ours").absolute())


# What cannot be used


def faults(bundle: Callable[..., Path], root: Path) -> dict[str, tuple[str, ...]]:
    """Bundles that cannot be opened, and what is said of each."""
    bundle(root / "unknown", name="unknown", architecture="transformer9")
    bundle(root / "newer", name="newer", format=3)
    (bundle(root / "broken", name="broken") / CONFIG_FILE).write_text("{")
    return {
        "unknown": ("unknown family 'transformer9'", " or ".join(FAMILIES), "newer one"),
        "newer": ("is of format 3", "update lcapp"),
        "broken": ("not JSON", "copy the bundle again"),
    }


def test_a_bundle_that_cannot_be_used_is_said_by_name_and_hides_no_other(
    root: Path, bundle: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    said = faults(bundle, root)
    for name, words in said.items():
        sentence = refused(name)
        for word in (str(root / name), *words):
            assert word in sentence
    names, log = listed(caplog)
    assert names == {"first", "second"}
    for words in said.values():
        assert words[0] in log
    assert door.open_model("first").card.name == "first"


@pytest.mark.parametrize(
    "fault",
    ["import surely_not_installed", "raise OSError('a library is broken')", "FAMILIES = {}"],
)
def test_a_family_that_cannot_be_imported_costs_its_own_models_alone(
    root: Path,
    bundle: Callable[..., Path],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    Path("family_out_of_order.py").write_text(fault)
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.setitem(FAMILIES, "ill", "family_out_of_order")
    bundle(root / "c", name="third", architecture="ill")
    said = refused("third")
    assert "the family 'ill' cannot be loaded" in said
    assert "the other families work without it" in said
    names, log = listed(caplog)
    assert names == {"first", "second"}
    assert "the family 'ill' cannot be loaded" in log
    caplog.clear()
    door.published()
    assert "the family 'ill' cannot be loaded" in caplog.text
    door.open_model("first").load()
    sys.modules.pop("family_out_of_order", None)


def test_damaged_weights_are_said_when_they_are_needed(
    root: Path, bundle: Callable[..., Path]
) -> None:
    bundle(root / "c", cut=True, name="third")
    assert "third" in door.cards()
    model = door.open_model("third")
    for _ in range(2):
        with pytest.raises(BundleError, match=r"model\.safetensors: cannot be read"):
            model.load()
    door.open_model("first").load()


def test_weights_are_read_once_and_not_before_they_are_needed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lcapp.families.tsrdiff import weights

    read = []
    monkeypatch.setattr(
        weights,
        "read_tensors",
        lambda file, real=weights.read_tensors: (read.append(file), real(file))[1],
    )
    model = door.open_model("first")
    assert (model.card.name, read) == ("first", [])
    model.load()
    assert model.network is model.network
    assert read == [root / "a" / WEIGHTS_FILE]


@pytest.mark.parametrize("is_old", [False, True])
def test_a_pickle_is_refused_unread(root: Path, tmp_path: Path, is_old: bool) -> None:
    file = tmp_path / "a.ckpt"
    torch.save({TENSOR: torch.zeros(1)}, file, _use_new_zipfile_serialization=not is_old)
    said = refused(file)
    assert "is a pickle, which can run code" in said
    assert "download the .safetensors file" in said


def test_a_header_of_a_length_that_looks_like_a_pickle_is_none(
    root: Path, tmp_path: Path, own_family: str
) -> None:
    file = tmp_path / "a.safetensors"
    for length in range(480, 640, 4):
        save_file({TENSOR: torch.zeros(1)}, file, metadata={"note": "x" * length})
        if file.read_bytes()[:2] == b"\x80\x02":
            break
    else:
        pytest.fail("no header of 640 bytes was met")
    assert door.open_card(file).family == own_family


def test_broken_and_foreign_files_and_folders_are_refused(
    root: Path, tmp_path: Path, file: Path, own_family: str
) -> None:
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(file.read_bytes()[:20])
    assert "cannot be read" in refused(cut)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"bert.weight": torch.zeros(1)}, foreign)
    assert "holds no network that lcapp knows" in refused(foreign)
    Path("thesis").mkdir()
    assert "expected a bundle: a folder with config.json" in refused("thesis")


def test_what_cannot_be_loaded_or_has_no_description_is_not_pushed(
    root: Path, hub: Hub, bundle: Callable[..., Path], own_family: str, file: Path
) -> None:
    weights = bundle(root / "c", name="third") / WEIGHTS_FILE
    tensors = load_file(weights)
    del tensors[next(iter(tensors))]
    save_file(tensors, weights)
    with pytest.raises(BundleError, match="1 missing"):
        door.push("third", "user/mine")
    with pytest.raises(BundleError, match="has no description"):
        door.push(file, "user/mine")
    assert not hub.log
    door.push("first", "user/mine", token=hub.token, private=False)
    assert door.open_model("user/mine").card.hash == bundle_hash(root / "a")


def test_cards_models_and_offers_import_no_torch(root: Path) -> None:
    code = """
import sys
from lcapp.families import door
import lcapp.diffusion, lcapp.hub, lcapp.hub.transport.offer, lcapp.models.sizes
assert "first" in door.cards() and door.open_card("first") and door.open_model("first").card.hash
door.published()
print([name for name in ("torch", "diffusers", "timm") if name in sys.modules])
"""
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert answer.stdout.strip() == "[]", answer.stderr


# What a family or a description did not foresee.


@pytest.mark.parametrize("planted", ["no family", "a describe that fails"])
def test_a_faulty_family_costs_its_own_models_alone(
    planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(place: Path) -> Card:
        raise ZeroDivisionError(place)

    faulty = ModuleType("faulty")
    faulty.FAMILY = 3 if planted == "no family" else Family(describe=fails, open=fails)
    monkeypatch.setitem(sys.modules, "faulty", faulty)
    monkeypatch.setitem(FAMILIES, "faulty", "faulty")
    monkeypatch.setenv("LCAPP_WEIGHTS", str(tmp_path))
    demo = Path(__file__).parents[2] / "weights" / "demo"
    shutil.copytree(demo, tmp_path / "demo")
    broken = shutil.copytree(demo, tmp_path / "broken")
    told = json.loads((broken / "config.json").read_text())
    told |= {"name": "broken", "architecture": "faulty"}
    (broken / "config.json").write_text(json.dumps(told))
    assert list(door.cards()) == ["demo"]
    with pytest.raises(BundleError, match=r"faulty.*cannot be loaded|its family cannot read it"):
        door.open_model("broken")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told["inputs"]["scalings"].pop("B4"), "no scaling for B4"),
        (lambda told: told["inputs"]["series_bands"].append("B99"), "no scaling for B99"),
        (lambda told: told.update(diffusion=None), "has no diffusion"),
        (lambda told: told["diffusion"].update(train_steps=0), "train_steps is 0"),
        (lambda told: told["diffusion"].update(train_steps=10**9), "expected 2 to 100000"),
        (lambda told: told["diffusion"].update(train_steps=10**400), "number of 401 digits"),
        (lambda told: told["diffusion"].update(back_projections=10**9), "expected 0 to 1000"),
        (lambda told: told["diffusion"].update(min_alpha_bar=2.0), "min_alpha_bar is 2"),
        (
            lambda told: told["inputs"]["scalings"].update(B4={"low": 0.3, "high": 0.3}),
            r"inputs.scalings.B4: a range from 0.3 to 0.3 has no width",
        ),
        (
            lambda told: told["inputs"]["scalings"].update(B4={"low": 0, "high": math.nan}),
            "from 0 to nan has no width",
        ),
        (lambda told: told["inputs"].update(scalings={}), "no scaling for red"),
        (
            lambda told: told["inputs"].update(scalings={}, aerial_bands=[], series_bands=[]),
            "inputs: there are no bands",
        ),
        (
            lambda told: told["inputs"].update(neutral={"ndsm": math.inf}),
            "neutral value is no finite",
        ),
        (
            lambda told: told["network"]["encoder"].update(depths=[10_000_000, 2]),
            "depths is .*expected at most 8 numbers, each 1 to 64",
        ),
        (lambda told: told["network"]["hr"].update(depths=[1] * 9), "depths is"),
        (
            lambda told: told["network"]["encoder"]["temporal"].update(longest_period=math.nan),
            "encoder.temporal.longest_period is nan",
        ),
    ],
)
def test_a_description_that_makes_no_sense_is_refused_when_it_is_read(
    change: Callable[[dict], object], words: str, tmp_path: Path
) -> None:
    demo = Path(__file__).parents[2] / "weights" / "demo"
    folder = shutil.copytree(demo, tmp_path / "other")
    told = json.loads((folder / "config.json").read_text())
    change(told)
    (folder / "config.json").write_text(json.dumps(told))
    with pytest.raises(BundleError, match=words):
        door.open_card(folder)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"name": ' + "9" * 5000 + "}"])
def test_json_that_python_refuses_is_one_sentence_and_hides_no_other(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(Path(__file__).parents[2] / "weights" / "demo", tmp_path / "demo")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text(text)
    with pytest.raises(BundleError, match="not JSON"):
        door.open_card(tmp_path / "broken")
    monkeypatch.setenv("LCAPP_WEIGHTS", str(tmp_path))
    assert "demo" in door.cards()
    assert door.open_card("demo").name == "demo"


def test_an_empty_name_is_no_folder() -> None:
    with pytest.raises(BundleError, match="no bundle ''"):
        door.open_model("")


def test_who_names_a_path_hears_nothing_of_damaged_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "weights" / "broken").mkdir(parents=True)
    (tmp_path / "weights" / "broken" / CONFIG_FILE).write_text("{")
    monkeypatch.setenv("LCAPP_WEIGHTS", str(tmp_path / "weights"))
    demo = Path(__file__).parents[2] / "weights" / "demo"
    assert door.open_card(demo).name == "demo"
    assert not caplog.records
    assert not door.cards()
    assert "not JSON" in caplog.text


@pytest.mark.parametrize("name", ["a\0b", "x" * 3000, "~" * 300, "owner/" + "x" * 3000])
def test_a_name_that_no_file_can_have_is_one_sentence(name: str) -> None:
    with pytest.raises(BundleError, match=r"zero byte|bytes"):
        door.open_model(name)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_pipe_in_place_of_a_file_of_a_bundle_stops_nobody(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = Path(__file__).parents[2] / "weights" / "demo"
    shutil.copytree(demo, tmp_path / "demo")
    broken = shutil.copytree(demo, tmp_path / "broken")
    (broken / file).unlink()
    os.mkfifo(broken / file)
    monkeypatch.setenv("LCAPP_WEIGHTS", str(tmp_path))
    assert "demo" in door.cards()
    with pytest.raises(BundleError, match="is a pipe"):
        door.open_model(broken).load()


def test_the_weights_of_a_bundle_are_named_by_their_folder(root: Path) -> None:
    with pytest.raises(BundleError, match=f"name the folder: {root / 'a'}$"):
        door.open_model(root / "a" / WEIGHTS_FILE)
    (root / "a" / "own.safetensors").write_bytes((root / "a" / WEIGHTS_FILE).read_bytes())
    with pytest.raises(BundleError, match="holds no network that lcapp knows"):
        door.open_model(root / "a" / "own.safetensors")


def test_a_folder_without_a_description_is_said_to_lack_it(root: Path) -> None:
    (root / "b" / CONFIG_FILE).unlink()
    with pytest.raises(BundleError, match=rf"weights/b: has no {CONFIG_FILE}.*copy the whole"):
        door.open_model("b")
    (root / "empty").mkdir()
    with pytest.raises(BundleError, match=rf"weights/empty: has no {CONFIG_FILE}"):
        door.open_card("empty")
    with pytest.raises(BundleError, match="there is no bundle 'c'"):
        door.open_model("c")
