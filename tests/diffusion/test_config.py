"""What a description may say of the diffusion."""

import json
from dataclasses import replace

import pytest

from lcapp.diffusion.config import DiffusionConfig
from lcapp.errors import BundleError
from lcapp.families.tsrdiff.sizes import VARIANTS, TSRDiffConfig, with_options
from lcapp.record import from_json, to_json

GUIDED = DiffusionConfig(base="guided", sampler="consistency", steps=1)


def test_a_guided_network_of_one_step_comes_back():
    sizes = with_options(VARIANTS["demo"], guide="aerial")
    assert sizes.denoiser.guide_channels == 22
    for one in (GUIDED, sizes):
        assert from_json(type(one), json.loads(json.dumps(to_json(one))), "here") == one


@pytest.mark.parametrize(
    "said",
    [{"sampler": "nobody"}, {"steps": 0}, {"steps": 501}, {"steps": 10**6}, {"base": "none"}],
)
def test_what_no_sampler_can_do_is_refused(said):
    with pytest.raises(BundleError, match=next(iter(said))):
        from_json(DiffusionConfig, to_json(GUIDED) | said, "here")


def test_a_schedule_shorter_than_the_steps_that_nobody_named_is_taken():
    short = replace(DiffusionConfig(), train_steps=4)
    assert from_json(DiffusionConfig, to_json(short), "here") == short


def test_more_guide_channels_than_the_bands_make_are_refused():
    found = to_json(with_options(VARIANTS["demo"], guide="aerial"))
    found = json.loads(json.dumps(found))
    found["denoiser"]["guide_channels"] = 23
    with pytest.raises(BundleError, match="guide channels"):
        from_json(TSRDiffConfig, found, "here")
