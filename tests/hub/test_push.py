import shutil
from dataclasses import replace

import pytest
import yaml
from huggingface_hub import constants
from safetensors.torch import load_file

from lcapp.errors import BundleError
from lcapp.hub.config import bundle_hash, read_config
from lcapp.hub.transport.push import model_card, push
from tests.hub.hub_server import fetch, served


@pytest.fixture
def hub(monkeypatch, tmp_path):
    with served(monkeypatch, tmp_path) as hub:
        monkeypatch.setenv("HF_TOKEN", hub.token)
        yield hub


@pytest.fixture
def described(tmp_path, initial):
    """A copy of the bundle with another description."""

    def described(**changes):
        path = tmp_path / "described"
        shutil.copytree(initial, path, dirs_exist_ok=True)
        config = replace(read_config(initial), **changes)
        (path / "config.json").write_text(config.to_json())
        return path

    return described


def front_matter(card):
    _, front, rest = card.split("---\n", 2)
    return yaml.safe_load(front), rest


# The card


def test_the_card_says_what_the_bundle_is(initial):
    front, text = front_matter(model_card(initial))
    assert front["library_name"] == "lcapp"
    assert front["pipeline_tag"] == "image-segmentation"
    assert "flair2" in front["tags"]
    assert "| Sentinel-2 bands, a year | B4, B3, B2, B8 |" in text
    assert "ndsm (may be missing)" in text
    assert "building, pervious surface" in text
    assert bundle_hash(initial) in text


def test_the_card_depends_on_the_bundle_alone(initial, tmp_path):
    copy = shutil.copytree(initial, tmp_path / "elsewhere")
    assert model_card(copy) == model_card(initial)


def test_the_card_counts_the_parameters_of_the_network(initial, loaded):
    millions = sum(p.numel() for p in loaded.network.parameters()) / 1e6
    assert f"| parameters | {millions:.2f} M |" in model_card(initial)


def test_the_card_of_initial_weights_warns_and_that_of_trained_ones_does_not(initial, described):
    assert "maps this bundle makes mean nothing" in model_card(initial)
    assert "mean nothing" not in model_card(described(trained=True, provenance="Trained."))


def test_a_licence_of_the_hub_keeps_its_identifier(described):
    assert front_matter(model_card(described(licence="etalab-2.0")))[0]["license"] == "etalab-2.0"


def test_any_other_licence_is_named_in_the_hubs_letters(described):
    front, text = front_matter(model_card(described(licence="Not stated: ask | me")))
    assert (front["license"], front["license_name"]) == ("other", "not-stated-ask-me")
    assert "| licence | Not stated: ask \\| me |" in text


def test_figures_stand_in_the_card_with_their_commands(described):
    card = model_card(
        described(
            figures={
                "validation/miou": {"value": 0.61, "command": "python -m lcapp evaluate X"},
                "class_shares": {"building": 0.25},
                "note": "two\nlines",
            }
        )
    )
    assert "| validation/miou | 0.61 | `python -m lcapp evaluate X` |" in card
    assert "| class_shares: building | 0.25 |  |" in card
    assert "| note | two lines |  |" in card


def test_without_figures_the_card_says_so(initial):
    assert "nothing was measured" in model_card(initial)


# To the Hub


def test_a_pushed_bundle_comes_back_the_same(hub, initial):
    url = push(initial, "user/mine")
    assert url == f"{hub.url}/user/mine/commit/{hub.repos['user/mine'].refs['main']}"
    found = fetch("user/mine")
    assert bundle_hash(found.path) == bundle_hash(initial)
    assert read_config(found.path) == read_config(initial)
    card = hub.repos["user/mine"].at("main")[1]["README.md"].decode()
    assert card == model_card(initial)


def test_a_new_repository_is_private_unless_said_otherwise(hub, initial):
    push(initial, "user/mine")
    push(initial, "user/open", private=False)
    assert hub.repos["user/mine"].private
    assert not hub.repos["user/open"].private


def test_a_second_push_adds_a_commit(hub, initial, described):
    push(initial, "user/mine")
    first = fetch("user/mine")
    push(described(licence="mit"), "user/mine")
    second = fetch("user/mine")
    assert read_config(second.path).licence == "mit"
    assert read_config(fetch("user/mine", first.commit).path).licence != "mit"


def test_without_a_token_the_sentence_asks_for_one(hub, initial, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(BundleError, match="token with write access"):
        push(initial, "user/mine")
    assert not hub.repos


def test_another_owner_is_refused(hub, initial):
    with pytest.raises(BundleError, match="does not let this token write there"):
        push(initial, "stranger/mine")


def test_a_broken_upload_is_said(hub, initial):
    hub.refuse_uploads = True
    with pytest.raises(BundleError, match="cannot be written"):
        push(initial, "user/mine")
    assert hub.repos["user/mine"].at("main")[1] == {}


def test_offline_is_said(hub, initial, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(BundleError, match="cannot be written, the Hub is out of reach"):
        push(initial, "user/mine")


def test_training_parts_are_pushed_where_the_bundle_has_them(hub, whole):
    push(whole, "user/whole")
    found = load_file(fetch("user/whole").weights)
    assert any(name.startswith("sr_decoder.") for name in found)
