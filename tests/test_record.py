"""The sizes of a network to JSON and back, by the one reader that bundles use."""

import json
from dataclasses import asdict

import pytest

from lcapp.errors import BundleError
from lcapp.families.tsrdiff.sizes import VARIANTS, TSRDiffConfig
from lcapp.record import from_json, to_json


@pytest.mark.parametrize("name", sorted(VARIANTS))
@pytest.mark.parametrize("taken_apart", [asdict, to_json])
def test_the_sizes_of_a_network_survive_json(name, taken_apart):
    text = json.dumps(taken_apart(VARIANTS[name]))
    assert from_json(TSRDiffConfig, json.loads(text), "here") == VARIANTS[name]


@pytest.mark.parametrize(
    ("where", "message"),
    [((), "fields of the description differ; unknown: colour"), (("hr",), "of hr differ; unknown")],
)
def test_an_unknown_key_is_refused_with_its_place(where, message):
    values = json.loads(json.dumps(asdict(VARIANTS["tiny"])))
    part = values
    for name in where:
        part = part[name]
    part["colour"] = 1
    with pytest.raises(BundleError, match=message):
        from_json(TSRDiffConfig, values, "here")


def test_a_part_that_is_no_object_is_refused():
    values = {**json.loads(json.dumps(asdict(VARIANTS["tiny"]))), "hr": [1]}
    with pytest.raises(BundleError, match=r"hr is \[1\]; expected an object"):
        from_json(TSRDiffConfig, values, "here")
