"""Dataclasses to JSON and back, by the one reader that bundles use; settings and their options."""

import argparse
import json
import math
from dataclasses import asdict, dataclass, field
from typing import Literal

import pytest

from lcapp.command.settings import add_settings, with_settings
from lcapp.errors import BundleError, RunError
from lcapp.families.tsrdiff.sizes import VARIANTS, TSRDiffConfig
from lcapp.record import check, from_json, setting, settings, to_json, with_setting


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


@dataclass(frozen=True)
class Inner:
    share: float = setting(0.5, low=0, high=1, help="of all")
    kind: Literal["round", "square"] | None = setting(None, help="form", option="form")


@dataclass(frozen=True)
class Outer:
    path: str
    inner: Inner = field(default_factory=Inner)
    count: int = setting(3, low=1, help="how many")
    names: tuple[str, ...] = setting((), help="of them")
    quick: bool = setting(True, help="slowly")
    silent: float = 0.0


def test_the_settings_of_a_dataclass_are_found_with_those_inside_it():
    found = {one.place: (one.kind, one.default, one.option) for one in settings(Outer)}
    assert found == {
        "path": (str, None, "path"),
        "inner.share": (float, 0.5, "share"),
        "inner.kind": (str, None, "form"),
        "count": (int, 3, "count"),
        "names": (str, (), "names"),
        "quick": (bool, True, "quick"),
        "silent": (float, 0.0, "silent"),
    }


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("count", 0, "count is 0; expected at least 1"),
        ("inner.share", 1.5, "share is 1.5; expected 0 to 1"),
        ("inner.share", math.nan, "share is nan; expected 0 to 1"),
        ("inner.kind", "flat", "kind is 'flat'; expected 'round' or 'square'"),
        ("silent", math.inf, "silent is inf; expected a finite number"),
    ],
)
def test_a_setting_out_of_its_bounds_is_refused_by_name(place, value, message):
    record = with_setting(Outer("here"), place, value)
    assert to_json(record) != to_json(Outer("here"))
    with pytest.raises(RunError) as refused:
        check(record)
    assert str(refused.value) == message


def test_settings_within_their_bounds_pass():
    check(Outer("here"))
    check(Outer("here", Inner(0, "round"), count=1, names=("a",)))


def test_options_come_from_the_settings_that_say_what_they_are():
    parser = argparse.ArgumentParser()
    add_settings(parser, Outer)
    typed = ["--share", "0.25", "--form", "square", "--names", "a", "b", "--no-quick"]
    found = with_settings(Outer("here", count=7), parser.parse_args(typed))
    assert found == Outer("here", Inner(0.25, "square"), 7, ("a", "b"), quick=False)
    assert with_settings(found, parser.parse_args([])) == found
    shown = parser.format_help()
    assert "--form {round,square}" in shown
    assert "of all (default: 0.5)" in shown
    assert "--silent" not in shown
    with pytest.raises(SystemExit):
        parser.parse_args(["--silent", "1"])


@dataclass(frozen=True)
class Grown:
    width: int
    depth: int = setting(2, later=True)


def test_a_field_that_came_later_may_be_left_out_and_then_is_its_default():
    assert from_json(Grown, {"width": 3}, "here") == Grown(3)
    assert from_json(Grown, {"width": 3, "depth": 5}, "here") == Grown(3, 5)
    with pytest.raises(BundleError, match="missing: width"):
        from_json(Grown, {"depth": 5}, "here")


def test_files_from_before_it_are_written_as_they_were():
    assert to_json(Grown(3)) == {"width": 3}
    assert to_json(Grown(3, 5)) == {"width": 3, "depth": 5}
