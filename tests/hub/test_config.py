import json
import logging
from dataclasses import replace

import pytest

from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.hub.config import BundleConfig, bundles, no_bundle, parse_config, read_config
from lcapp.prepare.inputs import InputSpec, Scaling

CONFIG = BundleConfig(
    name="été",
    variant="tiny",
    network={"widths": (8, 16), "nested": {"depth": 2}},
    inputs=InputSpec(
        aerial_bands=("red", "ndsm"),
        scalings=(("red", Scaling(0.0, 255.0)), ("ndsm", Scaling(0.0, 51.0))),
        neutral=(("ndsm", 0.0),),
    ),
    classes="cosia",
    diffusion=DiffusionConfig(variance="beta"),
    trained=True,
    provenance="a test",
    licence="CC0",
    figures={"mIoU": 0.5},
)


def changed(**fields):
    return json.dumps({**json.loads(CONFIG.to_json()), **fields})


def test_json_and_back():
    again = parse_config(CONFIG.to_json(), "here")
    assert again == CONFIG
    assert again.network["widths"] == [8, 16]
    assert isinstance(again.inputs.scalings[0][1], Scaling)
    assert isinstance(again.diffusion.cosine_s, float)


def test_json_reads_well():
    written = json.loads(CONFIG.to_json())
    assert written["inputs"]["scalings"]["ndsm"] == {"low": 0.0, "high": 51.0}
    assert written["inputs"]["neutral"] == {"ndsm": 0.0}
    assert written["inputs"]["aerial_bands"] == ["red", "ndsm"]
    assert "été" in CONFIG.to_json()


def test_layout_and_order_of_keys_do_not_change_the_canonical_form():
    fields = json.loads(CONFIG.to_json())
    fields["network"] = dict(reversed(fields["network"].items()))
    shuffled = json.dumps(fields, indent=None)
    assert shuffled != CONFIG.to_json()
    assert parse_config(shuffled, "here").canonical() == CONFIG.canonical()
    assert replace(CONFIG, name="other").canonical() != CONFIG.canonical()


def test_missing_and_unknown_fields_are_all_named():
    fields = json.loads(CONFIG.to_json())
    del fields["licence"], fields["trained"]
    fields["colour"] = fields["mood"] = 1
    with pytest.raises(BundleError, match=r"missing: licence, trained; unknown: colour, mood"):
        parse_config(json.dumps(fields), "here")


def test_nested_fields_are_named_with_their_place():
    with pytest.raises(BundleError, match=r"fields of diffusion differ; missing: .*train_steps"):
        parse_config(changed(diffusion={}), "here")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trained": 1}, "trained is 1; expected true or false"),
        ({"trained": "yes"}, "trained is 'yes'"),
        ({"name": None}, "name is None; expected text"),
        ({"network": []}, r"network is \[\]; expected an object"),
        ({"architecture": 1}, "architecture is 1; expected text"),
        ({"format": 3}, "is of format 3; .*; update lcapp"),
        ({"classes": "corine"}, "unknown class table 'corine'"),
        ({"inputs": 3}, "inputs is 3; expected an object"),
    ],
)
def test_wrong_types_say_what_was_expected(fields, said):
    with pytest.raises(BundleError, match=said):
        parse_config(changed(**fields), "here")


def test_wrong_types_deep_inside():
    fields = json.loads(CONFIG.to_json())
    fields["inputs"]["scalings"]["red"]["low"] = "0"
    with pytest.raises(BundleError, match=r"inputs\.scalings\.red\.low is '0'; expected a number"):
        parse_config(json.dumps(fields), "here")
    fields = json.loads(CONFIG.to_json())
    fields["inputs"]["aerial_bands"][1] = 7
    with pytest.raises(BundleError, match=r"inputs\.aerial_bands\[1\] is 7; expected text"):
        parse_config(json.dumps(fields), "here")
    fields = json.loads(CONFIG.to_json())
    fields["diffusion"]["train_steps"] = True
    with pytest.raises(BundleError, match=r"train_steps is True; expected a whole number"):
        parse_config(json.dumps(fields), "here")


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_what_is_no_description(text):
    with pytest.raises(BundleError, match="here: "):
        parse_config(text, "here")


def test_absent_description(tmp_path):
    with pytest.raises(BundleError, match=r"config\.json.*expected a bundle"):
        read_config(tmp_path)


@pytest.fixture
def root(tmp_path):
    for folder, name in (("b", "second"), ("a", "first")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.json").write_text(replace(CONFIG, name=name).to_json())
    (tmp_path / "README.md").write_text("about the weights")
    (tmp_path / "empty").mkdir()
    return tmp_path


def listed(*root):
    return [(config.name, folder.name) for config, folder in bundles(*root)]


def test_lists_bundles_by_name(root, monkeypatch):
    assert listed(root) == [("first", "a"), ("second", "b")]
    monkeypatch.setenv("LCAPP_WEIGHTS", str(root))
    assert listed() == listed(root)
    assert listed(root / "nowhere") == []


def test_a_damaged_neighbour_is_left_out_and_logged(root, caplog):
    (root / "a" / "config.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        assert listed(root) == [("second", "b")]
    assert "not JSON" in caplog.text


def test_an_unknown_bundle_lists_those_there_are(root, monkeypatch):
    monkeypatch.setenv("LCAPP_WEIGHTS", str(root))
    assert "no bundle 'third'; expected one of first, second" in str(no_bundle("third"))
    monkeypatch.setenv("LCAPP_WEIGHTS", str(root / "nowhere"))
    assert "put bundles into" in str(no_bundle("third"))
