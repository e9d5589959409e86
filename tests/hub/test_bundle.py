import errno
import json
import os
import shutil
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from lcapp.errors import BundleError
from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.weights import TRAINING_ONLY, save
from lcapp.hub import bundle
from lcapp.hub.config import bundle_hash, bundles, read_config
from lcapp.hub.weights import MOST_NAMED
from tests.initial import write_initial_bundle


def first_key(tensors, ending="weight"):
    return next(name for name in sorted(tensors) if name.endswith(ending))


def test_round_trip_is_exact_in_float16(tmp_path, loaded):
    save(tmp_path / "copy", loaded.network, loaded.config)
    again = load(tmp_path / "copy")
    written, read = loaded.network.state_dict(), again.network.state_dict()
    assert written.keys() == read.keys()
    assert all(torch.equal(tensor, read[name]) for name, tensor in written.items())
    assert again.config == loaded.config
    assert again.card.hash == loaded.card.hash
    assert len(again.card.hash) == 12


def test_file_holds_float16_and_the_network_float32(initial, loaded):
    on_disk = load_file(initial / "model.safetensors")
    kinds = {tensor.dtype for tensor in on_disk.values()}
    assert torch.float16 in kinds
    assert torch.float32 not in kinds
    network = loaded.network
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert not network.training
    name = first_key(on_disk)
    assert torch.equal(network.state_dict()[name], on_disk[name].float())


def test_integers_stay_as_they_are(tmp_path, loaded):
    network = deepcopy(loaded.network)
    integers = {k: v for k, v in network.state_dict().items() if not v.is_floating_point()}
    for tensor in integers.values():
        tensor.fill_(70_001)  # beyond float16
    save(tmp_path / "copy", network, loaded.config)
    on_disk = load_file(tmp_path / "copy" / "model.safetensors")
    assert integers
    assert all(torch.equal(on_disk[name], tensor) for name, tensor in integers.items())


def test_two_files_under_the_names_of_the_hub(tmp_path, initial):
    from huggingface_hub import PyTorchModelHubMixin

    class Small(torch.nn.Module, PyTorchModelHubMixin):
        def __init__(self, width: int = 2) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(width, width)

    Small().save_pretrained(tmp_path)
    theirs = {one.name for one in tmp_path.iterdir()} - {"README.md"}
    assert {one.name for one in initial.iterdir()} == theirs


def test_training_parts_stay_behind_unless_kept(initial, whole):
    small, large = (load_file(path / "model.safetensors") for path in (initial, whole))
    assert not any(name.startswith(TRAINING_ONLY) for name in small)
    for prefix in TRAINING_ONLY:
        assert any(name.startswith(prefix) for name in large)


def test_a_trained_network_goes_out_without_its_training_parts(tmp_path, initial, whole):
    bundle = load(whole, role="train")
    save(tmp_path / "small", bundle.network, bundle.config)
    small, wanted = (load_file(p / "model.safetensors") for p in (tmp_path / "small", initial))
    assert small.keys() == wanted.keys()


def test_prediction_loads_with_and_without_training_parts(loaded, whole):
    other = load(whole)
    assert loaded.network.state_dict().keys() == other.network.state_dict().keys()
    assert not any(name.startswith(TRAINING_ONLY) for name in other.network.state_dict())


def test_training_says_which_parts_are_fresh(initial, whole):
    assert load(initial, role="train").missing_training == ("sr_decoder",)
    assert load(whole, role="train").missing_training == ()


def test_a_training_part_in_pieces_is_refused(tmp_path, whole):
    tensors = load_file(whole / "model.safetensors")
    lost = next(name for name in tensors if name.startswith("sr_decoder."))
    del tensors[lost]
    (tmp_path / "config.json").write_text((whole / "config.json").read_text())
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(BundleError, match=f"1 missing: {lost}"):
        load(tmp_path, role="train")
    load(tmp_path, role="predict")


def test_every_key_that_differs_is_named(broken):
    named = {}

    def change(tensors):
        names = sorted(name for name in tensors if tensors[name].ndim)
        named["missing"], named["shaped"], named["typed"] = names[0], names[1], names[2]
        del tensors[names[0]]
        tensors[names[1]] = torch.zeros(*tensors[names[1]].shape, 2)
        tensors[names[2]] = tensors[names[2]].to(torch.int32)
        tensors["intruder"] = torch.zeros(1)

    with pytest.raises(BundleError) as caught:
        load(broken(change))
    said = str(caught.value)
    assert f"1 missing: {named['missing']};" in said
    assert "1 unexpected: intruder;" in said
    assert "2 of another shape: " in said
    assert f"{named['shaped']} is float (" in said
    assert f"{named['typed']} is int32 (" in said


def test_long_lists_are_cut(broken):
    def change(tensors):
        for i in range(MOST_NAMED + 5):
            tensors[f"zz{i:02}"] = torch.zeros(1)

    with pytest.raises(BundleError, match=r"25 unexpected: zz00, .*zz19 and 5 more"):
        load(broken(change))


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_damaged_weights(described, keep):
    path = described(lambda text: text)
    file = path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(BundleError, match=r"model\.safetensors: cannot be read"):
        load(path)


def test_absent_weights(described):
    path = described(lambda text: text)
    (path / "model.safetensors").unlink()
    with pytest.raises(BundleError, match=r"model\.safetensors: is not there"):
        load(path)


def test_pickles_are_not_opened(described):
    path = described(lambda text: text)
    torch.save({"a": torch.zeros(1)}, path / "model.safetensors")
    with pytest.raises(BundleError, match="cannot be read"):
        load(path)


def test_class_table_of_another_length(described):
    path = described(lambda text: text.replace('"flair2"', '"cosia"'))
    with pytest.raises(BundleError, match="network has 13 classes, its description 19"):
        load(path)


def test_band_list_of_another_length(described):
    def drop_a_band(text):
        fields = json.loads(text)
        fields["inputs"]["aerial_bands"].pop()
        return json.dumps(fields)

    with pytest.raises(BundleError, match="network has 5 aerial bands, its description 4"):
        load(described(drop_a_band))


def test_unknown_field_of_the_network(described):
    def add(text):
        fields = json.loads(text)
        fields["network"]["flux"] = 1
        return json.dumps(fields)

    with pytest.raises(BundleError, match="unknown: flux"):
        load(described(add))


def test_missing_or_mistyped_field_of_the_network(described):
    def drop(text):
        fields = json.loads(text)
        del fields["network"]["fusion"]["heads"]
        return json.dumps(fields)

    # a default would be taken for it without a word, and heads leave no trace in the weights
    with pytest.raises(BundleError, match="fields of fusion differ; missing: heads"):
        load(described(drop))


@pytest.mark.parametrize(("width", "said"), [("16", "a whole number"), (0, "1 to 4096")])
def test_sizes_of_which_no_network_can_be_built(described, width, said):
    def change(text):
        fields = json.loads(text)
        fields["network"]["denoiser"]["width"] = width
        return json.dumps(fields)

    with pytest.raises(BundleError, match=said):
        load(described(change))


def test_value_beyond_float16_is_refused_and_nothing_is_left(tmp_path, loaded, overflowing):
    network, name = overflowing
    with pytest.raises(BundleError, match=f"{name} does not fit into float16"):
        save(tmp_path / "new", network, loaded.config)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def kept(tmp_path, initial):
    """A bundle where another is to be written."""
    return shutil.copytree(initial, tmp_path / "kept")


def test_full_disk_leaves_the_old_bundle(tmp_path, monkeypatch, kept, initial, loaded):

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("lcapp.hub.bundle.save_file", full)
    with pytest.raises(BundleError, match="No space left"):
        save(kept, loaded.network, replace(loaded.config, name="new"))
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    for file in initial.iterdir():
        assert (kept / file.name).read_bytes() == file.read_bytes()


def test_failed_exchange_puts_the_old_bundle_back(tmp_path, monkeypatch, kept, loaded):
    real, calls = os.replace, []

    def second_fails(source, destination):
        calls.append(source)
        if len(calls) == 2:
            raise OSError("torn away")
        real(source, destination)

    monkeypatch.setattr("lcapp.hub.bundle._exchanged", lambda *_: False)
    monkeypatch.setattr("lcapp.hub.bundle.os.replace", second_fails)
    with pytest.raises(BundleError, match="torn away"):
        save(kept, loaded.network, replace(loaded.config, name="new"))
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    assert read_config(kept).name == "first"


def test_saving_again_replaces_the_bundle(tmp_path, kept, loaded):
    save(kept, loaded.network, replace(loaded.config, name="new"))
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    assert read_config(kept).name == "new"
    assert bundle_hash(kept) != loaded.card.hash


def test_a_folder_that_is_no_bundle_is_not_replaced(tmp_path, loaded):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(BundleError, match="exists and is no bundle"):
        save(tmp_path / "thesis", loaded.network, loaded.config)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_hash_follows_weights_and_description_each_alone(broken, described, initial):
    other = described(lambda text: text.replace('"trained": false', '"trained": true'))
    changed = broken(lambda tensors: tensors[first_key(tensors)].view(-1)[:1].add_(1))
    assert len({bundle_hash(path) for path in (initial, other, changed)}) == 3


def test_initial_bundle_repeats_and_says_what_it_is(tmp_path, initial):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    write_initial_bundle(tmp_path / "first", "smallest", seed=0)
    load(tmp_path / "first")
    assert torch.equal(torch.get_rng_state(), before)
    for file in ("model.safetensors", "config.json"):
        assert (tmp_path / "first" / file).read_bytes() == (initial / file).read_bytes()
    config = read_config(initial)
    assert config.trained is False
    assert "mean nothing" in config.provenance
    assert (config.variant, config.classes, config.name) == ("smallest", "flair2", "first")


def test_sizes_that_the_weights_do_not_have_are_never_built(tmp_path):
    """They would take 400 GB."""
    write_initial_bundle(tmp_path / "a", "smallest")
    told = json.loads((tmp_path / "a" / "config.json").read_text())
    told["network"]["hr"] |= {"widths": [4096] * 4, "depths": [4] * 4, "decoder_width": 4096}
    (tmp_path / "a" / "config.json").write_text(json.dumps(told))
    with pytest.raises(BundleError, match="of another shape"):
        load(tmp_path / "a")


@pytest.mark.parametrize("exchange", [True, False])
def test_a_kill_while_a_bundle_is_replaced_leaves_a_whole_one(tmp_path, monkeypatch, exchange):
    write_initial_bundle(tmp_path / "a", "smallest", seed=1)
    first = bundle_hash(tmp_path / "a")
    replace, calls = os.replace, []

    def killed(*paths):
        calls.append(paths)
        if len(calls) > 1:
            raise KeyboardInterrupt
        replace(*paths)

    if not exchange:
        monkeypatch.setattr(bundle, "_exchanged", lambda *_: False)
        monkeypatch.setattr(bundle.os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_initial_bundle(tmp_path / "a", "smallest", seed=2)
        monkeypatch.setattr(bundle.os, "replace", replace)
        assert not (tmp_path / "a").exists()
        assert [config.name for config, _ in bundles(tmp_path)] == ["a"]
        assert bundle_hash(tmp_path / "a") == first
    else:
        monkeypatch.setattr(bundle.os, "replace", killed)
        write_initial_bundle(tmp_path / "a", "smallest", seed=2)
        assert not calls
        assert bundle_hash(tmp_path / "a") != first
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_a_bundle_in_the_making_is_none(tmp_path):
    write_initial_bundle(tmp_path / ".lcapp-new-01234567", "smallest")
    assert not bundles(tmp_path)
