"""Published files, made by the recipe of shared/oracles: loaded strictly, logits compared."""

import json
import math
import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lcapp.errors import BundleError
from lcapp.families.flairhub import weights
from lcapp.families.flairhub.contents import contents
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.shapes import sizes
from lcapp.families.flairhub.sizes import ConvNeXtConfig, UPerFuseConfig
from lcapp.models.sizes import SwinConfig, UTAEConfig

NAMES = ("LC-A", "LC-D", "LC-G", "LPIS-I")
COUNTED = {"LC-A": 89.4, "LC-D": 93.9, "LC-G": 0.9, "LPIS-I": 97.5}


Keys = dict[str, tuple[tuple[int, ...], str]]
"""Name of each tensor to its shape and kind."""


def keys(oracles: Path, name: str) -> Keys:
    lines = (oracles / "flairhub" / f"keys_{name}.txt").read_text().splitlines()
    listed = {}
    for line in lines:
        key, shape, kind = line.split("\t")
        listed[key] = (tuple(int(side) for side in shape.strip("()").split(",") if side), kind)
    return listed


def drawn(key: str, shape: tuple[int, ...], kind: str = "float32") -> torch.Tensor:
    """The recipe."""
    if kind != "float32":
        return torch.zeros(shape, dtype=torch.int64)
    z = np.random.default_rng(zlib.crc32(key.encode())).standard_normal(shape).astype("float32")
    if key.endswith("running_var"):
        z = 1 + 0.1 * np.abs(z)
    elif key.endswith("running_mean"):
        z = 0.05 * z
    elif key.endswith("weight") and len(shape) == 1:
        z = 1 + 0.05 * z
    elif key.endswith("weight"):
        z = z / np.sqrt(max(1, np.prod(shape[1:])))
    else:
        z = 0.02 * z
    return torch.from_numpy(np.asarray(z, dtype=np.float32))


def written(oracles: Path, name: str, folder: Path) -> Path:
    file = folder / f"{name}.safetensors"
    save_file({key: drawn(key, *rest) for key, rest in keys(oracles, name).items()}, file)
    return file


@pytest.fixture(scope="module")
def lc_g(oracles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(oracles, "LC-G", tmp_path_factory.mktemp("flairhub"))


def agreement(
    oracles: Path, name: str, network: UPerFuse, inputs: dict[str, torch.Tensor]
) -> float:
    """Largest difference from the reference, in standard deviations of its logits."""
    reference = np.load(oracles / "flairhub" / f"logits_{name}.npz")
    for key in reference.files:
        if key.startswith("dates_"):
            inputs[key.removeprefix("dates_")] = torch.from_numpy(reference[key])
    with torch.inference_mode():
        (logits,) = network(inputs).values()
    assert tuple(logits.shape) == tuple(reference["full_shape"])
    difference = logits[..., ::16, ::16].numpy() - reference["logits"]
    return float(np.abs(difference).max() / reference["std"])


def test_lc_g_gives_the_reference_logits(oracles, lc_g):
    values = np.random.default_rng(zlib.crc32(b"input.SENTINEL2_TS"))
    series = (values.standard_normal((1, 7, 10, 10, 10)) * 400 + 1500).astype("float32")
    network = weights.load(lc_g)
    assert not network.training
    assert agreement(oracles, "LC-G", network, {"SENTINEL2_TS": torch.from_numpy(series)}) < 2e-5


@pytest.mark.slow
def test_lc_a_gives_the_reference_logits(oracles, tmp_path):
    values = np.random.default_rng(zlib.crc32(b"input.AERIAL_RGBI"))
    image = torch.from_numpy(values.standard_normal((1, 3, 512, 512)).astype("float32"))
    network = weights.load(written(oracles, "LC-A", tmp_path))
    assert agreement(oracles, "LC-A", network, {"AERIAL_RGBI": image}) < 2e-5


FUSED = {
    "LC-D": (
        [1.96152, 3.16667, 3.24972, 1.81010],
        [3.09455, 3.48516, 2.81897, 0.09028],
        [-0.47095, -1.39454, -0.58589, 0.53410],
    ),
    "LPIS-I": (
        [-0.71512, 0.38976, 0.15306, 0.03561],
        [-0.38233, -0.82842, -1.19227, -1.61163],
        [-4.03423, -6.79179, -7.30962, -3.94529],
    ),
}
"""Logits of classes 0, 5 and 18 at `PLACES`, by a second implementation written from the published
code alone (timm's own Swin, all else function by function) that agrees with `logits_*.npz`."""

PLACES = ([0, 100, 257, 511], [0, 300, 30, 511])
DAYS = torch.tensor([[-110.0, -65.0, 78.0, 84.0, 142.0, 146.0, 215.0]])


def recipe_inputs(config: UPerFuseConfig) -> dict[str, torch.Tensor]:
    """As the recipe draws them, every series like SENTINEL2_TS."""
    inputs = {}
    for name in config.modalities:
        values = np.random.default_rng(zlib.crc32(f"input.{name}".encode()))
        if image := config.images.get(name):
            drawn = values.standard_normal((1, image.bands, image.pixels, image.pixels))
        else:
            drawn = values.standard_normal((1, 7, config.series[name].bands, 10, 10)) * 400 + 1500
            inputs[name.replace("_TS", "_DATES")] = DAYS
        inputs[name] = torch.from_numpy(drawn.astype("float32"))
    return inputs


@pytest.mark.slow
@pytest.mark.parametrize("name", FUSED)
def test_fused_models_give_the_logits_of_the_published_code(oracles, tmp_path, name):
    network = weights.load(written(oracles, name, tmp_path))
    with torch.inference_mode():
        (logits,) = network(recipe_inputs(network.config)).values()
    assert logits.shape[2:] == (512, 512)
    # The logits' standard deviation is 2.5 in both.
    taken = logits[0, [0, 5, 18]][:, *PLACES]
    torch.testing.assert_close(taken, torch.tensor(FUSED[name]), rtol=0, atol=1e-4)


def test_an_empty_date_leaves_the_logits_of_the_published_code(lc_g):
    """It has no attention, but still counts in the norm over the dates of a pixel."""
    network = weights.load(lc_g)
    inputs = recipe_inputs(network.config)
    inputs["SENTINEL2_TS"][:, 2] = 0
    (logits,) = network(inputs).values()
    expected = torch.tensor([0.27182, 0.32076, 0.26163, 0.28487])
    torch.testing.assert_close(logits[0, 0][PLACES], expected, rtol=0, atol=2e-5)


@pytest.fixture
def hollow(tmp_path: Path) -> Callable[[Keys], Path]:
    """A file of tensors of these names and shapes, all zero; a hole, whatever their size."""

    def hollow(listed: Keys) -> Path:
        header, end = {}, 0
        for key, (shape, kind) in listed.items():
            width = 4 if kind == "float32" else 8
            start, end = end, end + width * math.prod(shape)
            kind = {"float32": "F32", "int64": "I64"}[kind]
            header[key] = {"dtype": kind, "shape": shape, "data_offsets": [start, end]}
        text = json.dumps(header).encode()
        file = tmp_path / "hollow.safetensors"
        file.write_bytes(len(text).to_bytes(8, "little") + text)
        os.truncate(file, 8 + len(text) + end)
        return file

    return hollow


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_a_published_file_is_accounted_for(oracles, hollow, name):
    listed = keys(oracles, name)
    file = hollow(listed)
    found = contents(file)
    unused = listed.keys() - weights._checked(found, file)
    assert found.parameters / 1e6 == pytest.approx(COUNTED[name], abs=0.2)
    with torch.device("meta"):
        used = {"model." + key for key in UPerFuse(found.config).state_dict()}
        whole = UPerFuse(found.config, published=True)
    assert used | unused == set(listed)
    assert not used & unused
    everything = sum(one.numel() for one in whole.parameters())
    joining = sum(one.numel() for one in whole.fusion_handler.parameters())
    assert found.parameters == everything - joining


def test_unused_keys_are_named(oracles, hollow, lc_g):
    network = weights.load(lc_g)
    assert sorted(network.unused_keys) == [
        "model.fusion_handler.conv_f.0.bias",
        "model.fusion_handler.conv_f.0.weight",
        "model.main_decoders.AERIAL_LABEL-COSIA.bias",
        "model.main_decoders.AERIAL_LABEL-COSIA.weight",
    ]
    file = hollow(listed := keys(oracles, "LC-D"))
    unused = listed.keys() - weights._checked(contents(file), file)
    assert not any(".fusion_handler." in key for key in unused)
    kinds = ("aux_decoders.", ".fpn_stages.4.", "SENTINEL2_TS.out_conv.")
    assert all(any(kind in key for kind in kinds) for key in unused)


DAMAGED = [
    ("LC-G", "model.encoders.SENTINEL2_TS.in_conv.conv.conv.0.weight"),
    ("LC-G", "model.encoders.SENTINEL2_TS.temporal_encoder.attention_heads.Q"),
    ("LC-G", "model.encoders.SENTINEL2_TS.out_conv.conv.conv.3.weight"),
    ("LC-G", "model.main_decoders.AERIAL_LABEL-COSIA.bias"),
    ("LC-A", "model.encoders.AERIAL_RGBI.seg_model.model.patch_embed.norm.weight"),
    ("LC-A", "model.main_decoders.AERIAL_LABEL-COSIA.seg_model.segmentation_head.0.weight"),
    ("LPIS-I", "model.fusion_handler.conv_f.2.weight"),
    (
        "LPIS-I",
        "model.encoders.SPOT_RGBI.seg_model.model.layers_3.blocks.0.attn."
        "relative_position_bias_table",
    ),
    ("LPIS-I", "model.main_decoders.ALL_LABEL-LPIS.seg_model.segmentation_head.0.weight"),
]


@pytest.mark.parametrize(("name", "key"), DAMAGED, ids=[key[-30:] for _, key in DAMAGED])
def test_a_missing_and_a_misshapen_key_are_named_and_no_other(oracles, hollow, name, key):
    listed = keys(oracles, name)
    with pytest.raises(BundleError, match="1 missing: ") as missing:
        weights.load(hollow({other: rest for other, rest in listed.items() if other != key}))
    shape, kind = listed[key]
    with pytest.raises(BundleError, match="1 of another shape: ") as other_shape:
        weights.load(hollow(listed | {key: ((shape[0] + 1, *shape[1:]), kind)}))
    for raised in (missing, other_shape):
        assert key in str(raised.value)
        assert str(raised.value).count(" model.") == 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("LC-G", "model.encoders.SENTINEL2_TS.head.weight"),
        ("LC-G", "model.encoders.DEM_ELEV.seg_model.model.patch_embed.proj.weight"),
        ("LC-G", "encoders.SENTINEL2_TS.in_conv.conv.conv.0.weight"),
        ("LC-A", "model.encoders.AERIAL_RGBI.seg_model.model.layers_2.blocks.18.norm1.weight"),
    ],
)
def test_an_unexpected_key_is_named(oracles, hollow, name, key):
    with pytest.raises(BundleError, match="1 unexpected: ") as raised:
        weights.load(hollow(keys(oracles, name) | {key: ((4, 4), "float32")}))
    assert key in str(raised.value)


def test_all_faults_are_named_at_once_however_many(oracles, hollow):
    listed = keys(oracles, "LC-A")
    gone = [key for key in listed if ".mlp." in key][:60]
    with pytest.raises(BundleError, match="60 missing") as raised:
        weights.load(hollow({key: rest for key, rest in listed.items() if key not in gone}))
    assert all(key in str(raised.value) for key in gone)


def test_integers_where_numbers_belong_are_refused(oracles, hollow):
    key = "model.encoders.SENTINEL2_TS.in_conv.conv.conv.0.bias"
    listed = keys(oracles, "LC-G")
    with pytest.raises(BundleError, match=r"bias is integer \(64,\) and not float"):
        weights.load(hollow(listed | {key: (listed[key][0], "int64")}))


def test_the_loss_is_dropped(oracles, tmp_path):
    tensors = {key: drawn(key, *rest) for key, rest in keys(oracles, "LC-G").items()}
    save_file(tensors | {"criterion.main.weight": torch.ones(19)}, tmp_path / "a.safetensors")
    assert "criterion.main.weight" in weights.load(tmp_path / "a.safetensors").unused_keys


def test_half_precision_becomes_single(oracles, tmp_path):
    tensors = {key: drawn(key, *rest) for key, rest in keys(oracles, "LC-G").items()}
    half = {key: one.half() if one.is_floating_point() else one for key, one in tensors.items()}
    save_file(half, tmp_path / "a.safetensors")
    network = weights.load(tmp_path / "a.safetensors")
    assert {one.dtype for one in network.parameters()} == {torch.float32}


def test_loading_leaves_the_callers_random_numbers_alone(lc_g):
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    weights.load(lc_g)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_absent_broken_and_foreign_files_are_refused(tmp_path, lc_g):
    with pytest.raises(BundleError, match="is not there"):
        weights.load(tmp_path / "none.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(lc_g.read_bytes()[:100_000])
    with pytest.raises(BundleError, match="cannot be read"):
        weights.load(tmp_path / "cut.safetensors")
    save_file({"model.conv.weight": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(BundleError, match="holds no FLAIR-HUB network"):
        weights.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    "config",
    [
        UPerFuseConfig(
            {"AERIAL_RGBI": SwinConfig(4, 512, 96, (2, 2, 6, 2), 3, 7)}, {}, {"ALL_LABEL-LPIS": 46}
        ),
        UPerFuseConfig(
            {"AERIAL_RGBI": ConvNeXtConfig(3, 512, (96, 192, 384, 768), (3, 3, 9, 3))},
            {},
            {"AERIAL_LABEL-COSIA": 19},
            "unet",
        ),
        UPerFuseConfig(
            {
                "AERIAL_RGBI": SwinConfig(width=192, heads=6),
                "AERIAL-RLT_PAN": SwinConfig(1, 256, 192, heads=6),
                "DEM_ELEV": SwinConfig(2, 512, 192, heads=6),
                "SPOT_RGBI": SwinConfig(3, 64, 192, heads=6),
            },
            {
                name: UTAEConfig(bands, (64, 64, 128, 128), (64, 64, 128, 128), (32, 19, 50))
                for name, bands in (
                    ("SENTINEL2_TS", 10),
                    ("SENTINEL1-ASC_TS", 2),
                    ("SENTINEL1-DESC_TS", 2),
                )
            },
            {"AERIAL_LABEL-COSIA": 19, "ALL_LABEL-LPIS": 31},
            auxiliary=(("AERIAL_RGBI", "AERIAL_LABEL-COSIA"), ("DEM_ELEV", "ALL_LABEL-LPIS")),
        ),
    ],
    ids=["swintiny", "convnext-unet", "all-modalities-both-tasks"],
)
def test_sizes_are_read_back_from_names_and_shapes(config):
    with torch.device("meta"):
        tensors = UPerFuse(config, published=True).state_dict()
    shapes = {key: tuple(tensor.shape) for key, tensor in reversed(tensors.items())}
    assert sizes(shapes, Path("model.safetensors")) == config
