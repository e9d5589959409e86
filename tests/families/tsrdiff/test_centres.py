"""Where the pixels of the HR stages are taken to lie is kept in a bundle; older ones do not say."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lcapp.families.tsrdiff.model import load
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.models.sizes import HRCentres
from tests.initial import write_initial_bundle


@torch.no_grad()
def logits(network: TSRDiff) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    aerial = torch.randn(1, 5, 128, 128, generator=generator)
    series = torch.randn(1, 2, 4, 16, 16, generator=generator)
    days, present = torch.tensor([[-30.0, 60.0]]), torch.ones(1, 2, dtype=torch.bool)
    return network.classify(aerial, network.encode_sr(series, days, present)).logits


def with_centres(network: TSRDiff, centres: HRCentres) -> TSRDiff:
    sizes = network.config
    other = TSRDiff(
        replace(sizes, fusion=replace(sizes.fusion, centres=centres)), training_parts=False
    )
    other.load_state_dict(network.state_dict())
    return other.eval()


def test_every_size_is_trained_with_the_centres_that_were_measured() -> None:
    assert {sizes.fusion.centres for sizes in VARIANTS.values()} == {"measured"}


def test_a_bundle_keeps_its_centres_and_one_that_does_not_say_is_what_it_was(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bundle"
    write_initial_bundle(path, "demo")
    new = load(path).network
    config = json.loads((path / "config.json").read_text())
    assert config["network"]["fusion"].pop("centres") == "measured"
    (path / "config.json").write_text(json.dumps(config))
    old = load(path).network
    torch.testing.assert_close(logits(new), logits(with_centres(old, "measured")), rtol=0, atol=0)
    torch.testing.assert_close(logits(old), logits(with_centres(new, "even")), rtol=0, atol=0)
    assert float((logits(new) - logits(old)).abs().max()) > 1e-4


@pytest.mark.parametrize("kind", ["add", "concat"])
def test_the_plain_fusions_interpolate_to_the_same_centres(kind: str) -> None:
    sizes = VARIANTS["demo"]
    fusion = replace(sizes.fusion, kind=kind)  # type: ignore[arg-type]
    network = TSRDiff(replace(sizes, fusion=fusion), training_parts=False).eval()
    apart = logits(network) - logits(with_centres(network, "even"))
    assert float(apart.abs().max()) > 1e-5
