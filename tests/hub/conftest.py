from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.weights import save
from lcapp.hub.config import read_config
from tests.initial import SMALLEST, write_initial_bundle


@pytest.fixture(scope="session")
def initial(tmp_path_factory):
    """A bundle on disk, made once; tests that change it work on a copy."""
    path = tmp_path_factory.mktemp("weights") / "first"
    write_initial_bundle(path, "smallest", seed=0)
    return path


@pytest.fixture(scope="session")
def whole(tmp_path_factory, initial):
    """The same network with the parts that only training needs."""
    path = tmp_path_factory.mktemp("training") / "whole"
    network = build(SMALLEST, seed=0, training_parts=True, pretrain_head=True)
    save(path, network, replace(read_config(initial), name="whole"), keep_training=True)
    return path


@pytest.fixture
def broken(tmp_path, initial):
    """A copy of the bundle, its tensors changed by a function."""

    def broken(change):
        path = tmp_path / "broken"
        path.mkdir()
        tensors = load_file(initial / "model.safetensors")
        change(tensors)
        save_file(tensors, path / "model.safetensors")
        (path / "config.json").write_text((initial / "config.json").read_text())
        return path

    return broken


@pytest.fixture
def described(tmp_path, initial):
    """A copy of the bundle, the text of its description changed by a function."""

    def described(change):
        path = tmp_path / "described"
        path.mkdir()
        (path / "model.safetensors").write_bytes((initial / "model.safetensors").read_bytes())
        (path / "config.json").write_text(change((initial / "config.json").read_text()))
        return path

    return described


@pytest.fixture(scope="session")
def loaded(initial):
    """The same bundle, opened once; nobody changes it."""
    return load(initial)


@pytest.fixture
def overflowing(loaded):
    network = deepcopy(loaded.network)
    name, parameter = next(iter(network.named_parameters()))
    with torch.no_grad():
        parameter.view(-1)[0] = 1e5
    return network, name
