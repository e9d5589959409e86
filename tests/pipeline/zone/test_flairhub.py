"""Published models over a region of interest and over any aerial image."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from affine import Affine
from lcapp.families.flairhub.patches import predict_patch
from lcapp.pipeline.zone.flairhub import FlairHubZone
from lcapp.scene.zone.region import RoiZone, open_roi

from lcapp.classes import LPIS1
from lcapp.errors import RunError, SceneError
from lcapp.families.flairhub.inputs import AERIAL
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.sizes import UPerFuseConfig
from lcapp.models.sizes import SwinConfig, UTAEConfig
from lcapp.pipeline.zone.blend import NO_CLASS
from lcapp.pipeline.zone.run import ZoneResult, ZoneWindow, predict_zone
from lcapp.scene.collection import open_collection
from lcapp.scene.flairhub.patches import patch as read_patch
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.zone.image import Zone, open_zone
from lcapp.types import Grid
from tests.scene.roi import DAYS, NAME, file, write_roi

COVER, CROPS = "AERIAL_LABEL-COSIA", "ALL_LABEL-LPIS"
LC_A = "FLAIR-HUB_LC-A_IR_swinbase-upernet.safetensors"
IMAGES = ("AERIAL_RGBI", "SPOT_RGBI")


class Pixelwise(torch.nn.Module):
    """A network that looks at each pixel alone, so that windows cannot leave a trace."""

    def __init__(self, modalities: tuple[str, ...], **tasks: int) -> None:
        super().__init__()
        series = {name: UTAEConfig(10) for name in modalities if name.endswith("_TS")}
        images = dict.fromkeys(name for name in modalities if name not in series)
        names = {"cover": COVER, "crops": CROPS}
        self.config = UPerFuseConfig(images, series, {names[k]: n for k, n in tasks.items()})
        self.mixing = np.random.default_rng(0).normal(0, 1, (99, 12)).astype(np.float32)

    def forward(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        seen = []
        for name in self.config.modalities:
            values = inputs[name][0]
            if values.ndim == 4:
                values = values.mean(0)[:2] / 100  # T C H W -> 2 H W
                # 10 pixels over 512: nearest, as the window's own pixels lie.
                places = torch.arange(512) * 10 // 512
                seen.append(values[:, places][:, :, places])
            else:
                every = 512 // values.shape[-1]
                seen.append(values.repeat_interleave(every, 1).repeat_interleave(every, 2))
        both = torch.cat(seen)
        answer, first = {}, 0
        for task, size in self.config.tasks.items():
            mixing = torch.from_numpy(self.mixing[first : first + size, : len(both)])
            answer[task] = torch.einsum("kc,chw->khw", mixing, both)[None]
            first += size
        return answer


def run(zone: Zone | RoiZone, network: FlairHubZone, out: Path, **options) -> ZoneResult:
    given = {"table": network.tables, "settings": network.settings, "layout": network.layout()}
    result = predict_zone(zone, network, out, **{**given, **options})
    assert result is not None
    return result


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def pixelwise(modalities: tuple[str, ...], **tasks: int) -> FlairHubZone:
    return FlairHubZone(Pixelwise(modalities, **tasks), LC_A, "0" * 64, "cpu")


def test_the_maps_of_a_region_are_those_of_its_patches(tmp_path: Path) -> None:
    """Two tasks, images of two sizes and a series, a gap; one pixel does not see another."""
    modalities = (*IMAGES, "SENTINEL2_TS")
    write_roi(tmp_path / "hub", 1, 4, modalities, gaps=((0, 2),))
    collection = open_collection(tmp_path / "hub")
    network = pixelwise(modalities, cover=19, crops=23)
    zone = open_roi(collection, NAME, modalities)
    result = run(zone, network, tmp_path / "out")
    maps = ("confidence.tif", "crops.tif", "crops_confidence.tif", "landcover.tif")
    assert sorted(result.files) == [*maps, "summary.json"]
    with rasterio.open(tmp_path / "out" / "crops.tif") as dataset:
        assert dataset.tags()["class_1"] == LPIS1.classes[1].en
        assert dataset.crs.to_epsg() == 2154
    for col in (0, 1, 3):
        here = np.s_[:, col * 512 : col * 512 + 512]
        one = read_patch(collection, f"{NAME}/0-{col}")
        alone = predict_patch(one, network.network, model=LC_A, sha256="", collection="hub")
        for task, name, sure in ((COVER, "landcover", ""), (CROPS, "crops", "crops_")):
            found = read(tmp_path / "out" / f"{name}.tif")[here]
            clear = np.sort(alone.maps[task].probabilities, axis=0)
            clear = clear[-1] - clear[-2] > 1e-4
            assert clear.mean() > 0.99
            np.testing.assert_array_equal(found[clear], alone.maps[task].class_map[clear])
            confidence = read(tmp_path / "out" / f"{sure}confidence.tif")[here]
            np.testing.assert_allclose(confidence, alone.maps[task].confidence, atol=1e-5)
    assert (read(tmp_path / "out" / "landcover.tif")[:, 1024:1536] == NO_CLASS).all()


def test_where_patches_have_no_clear_day_in_common_each_has_its_own_answer(tmp_path: Path) -> None:
    days = {(0, 0): DAYS[:2], (0, 1): DAYS[2:]}
    write_roi(tmp_path / "hub", 1, 2, ("SENTINEL2_TS",), days=days)
    collection = open_collection(tmp_path / "hub")
    network = pixelwise(("SENTINEL2_TS",), cover=19)
    run(open_roi(collection, NAME, ("SENTINEL2_TS",)), network, tmp_path / "out")
    found = read(tmp_path / "out" / "confidence.tif")
    for col in (0, 1):
        one = read_patch(collection, f"{NAME}/0-{col}")
        alone = predict_patch(one, network.network, model=LC_A, sha256="", collection="hub")
        here = found[:, col * 512 : col * 512 + 512]
        np.testing.assert_allclose(here, alone.maps[COVER].confidence, atol=1e-5)


def test_a_region_under_clouds_has_no_class_and_stops_nothing(tmp_path: Path) -> None:
    write_roi(tmp_path / "hub", 1, 2, ("SENTINEL2_TS",))
    for col in (0, 1):
        with rasterio.open(file(tmp_path / "hub", "SENTINEL2_MSK-SC", 0, col), "r+") as dataset:
            masks = dataset.read()
            masks[:] = 100 if col else 0  # the second patch: snow and clouds on every day
            dataset.write(masks)
    network = pixelwise(("SENTINEL2_TS",), cover=19)
    zone = open_roi(open_collection(tmp_path / "hub"), NAME, ("SENTINEL2_TS",))
    run(zone, network, tmp_path / "out")
    found = read(tmp_path / "out" / "landcover.tif")
    assert (found[:, :512] != NO_CLASS).all()
    assert (found[:, 512:] == NO_CLASS).all()


@pytest.mark.parametrize("size", [(700, 530), (300, 400)])
def test_any_aerial_image_goes_through_a_model_of_the_aerial_image(tmp_path, size) -> None:
    pixels = np.random.default_rng(1).integers(1, 256, (4, *size), np.uint8)
    zone = open_zone(_image(tmp_path / "a.tif", pixels))
    network = pixelwise(("AERIAL_RGBI",), cover=19)
    run(zone, network, tmp_path / "out")
    channels = AERIAL["IR"]  # near infrared, red, green of red, green, blue, near infrared
    scaled = [
        (pixels[band].astype("f8") - one.mean) / one.std
        for band, one in zip((3, 0, 1), channels, strict=True)
    ]
    logits = np.einsum("kc,chw->khw", network.network.mixing[:19, :3], np.stack(scaled))
    odds = np.exp(logits - logits.max(0))
    expected = (odds / odds.sum(0)).max(0)
    np.testing.assert_allclose(read(tmp_path / "out" / "confidence.tif"), expected, atol=1e-5)


def test_beyond_the_image_a_network_sees_the_zeros_of_its_padding(tmp_path) -> None:
    pixels = np.random.default_rng(1).integers(1, 256, (4, 300, 512), np.uint8)
    zone = open_zone(_image(tmp_path / "a.tif", pixels))
    seen = []
    network = pixelwise(("AERIAL_RGBI",), cover=19)
    network.network.register_forward_hook(
        lambda _, inputs, __: seen.append(inputs[0]["AERIAL_RGBI"].numpy())
    )
    run(zone, network, tmp_path / "out")
    assert seen[0].shape == (1, 3, 512, 512)
    assert not seen[0][..., 300:, :].any()
    assert np.abs(seen[0][..., :300, :]).min() > 0


def test_a_model_of_more_than_the_aerial_image_needs_a_region(tmp_path) -> None:
    zone = open_zone(_image(tmp_path / "a.tif", np.ones((4, 64, 64), np.uint8)))
    network = pixelwise((*IMAGES, "SENTINEL2_TS"), cover=19)
    with pytest.raises(SceneError, match=r"looks at SPOT_RGBI, SENTINEL2_TS; .*LC-A"):
        network.check(zone)


def test_a_model_of_the_infrared_refuses_an_image_without_it(tmp_path) -> None:
    zone = open_zone(_image(tmp_path / "a.tif", np.ones((3, 64, 64), np.uint8)))
    network = pixelwise(("AERIAL_RGBI",), cover=19)
    with pytest.raises(SceneError, match="has no band nir"):
        run(zone, network, tmp_path / "out")
    colour = FlairHubZone(network.network, LC_A.replace("_IR_", "_RGB_"), "0" * 64, "cpu")
    run(zone, colour, tmp_path / "out2")


@pytest.mark.parametrize(
    ("modalities", "default", "refused"),
    [
        (("AERIAL_RGBI",), 128, ()),
        (IMAGES, 128, (60,)),
        (("AERIAL-RLT_PAN",), 128, (33,)),
        (("AERIAL_RGBI", "SENTINEL2_TS"), 256, (128, 64)),
    ],
)
def test_windows_begin_with_a_pixel_of_every_modality(modalities, default, refused) -> None:
    network = pixelwise(modalities, cover=19)
    assert (network.layout().window, network.layout().overlap) == (512, default)
    assert network.layout(0).overlap == 0
    for overlap in refused:
        with pytest.raises(RunError, match=f"overlap is {overlap}; expected a multiple of"):
            network.layout(overlap)


def test_a_published_architecture_leaves_no_seam_within_a_window(tmp_path: Path) -> None:
    """A small Swin, which sees its whole window: where one counts alone, the mosaic is its pass."""
    torch.manual_seed(0)
    swin = SwinConfig(width=32, depths=(1, 1, 1, 1), heads=1)
    small = UPerFuse(UPerFuseConfig({"AERIAL_RGBI": swin}, {}, {COVER: 19})).eval()
    network = FlairHubZone(small, LC_A, "", "cpu")
    pixels = np.random.default_rng(1).integers(1, 256, (4, 512, 896), np.uint8)
    answers = []

    def watched(window: ZoneWindow[Zone]) -> np.ndarray:
        answers.append(network(window))
        return answers[-1]

    options = {"table": network.tables, "settings": network.settings, "layout": network.layout()}
    predict_zone(open_zone(_image(tmp_path / "a.tif", pixels)), watched, tmp_path / "o", **options)
    found = read(tmp_path / "o" / "confidence.tif")
    first, second = (torch.from_numpy(one).softmax(0).amax(0).numpy() for one in answers)
    np.testing.assert_allclose(found[:, : 384 + 16], first[:, : 384 + 16], atol=1e-5)
    np.testing.assert_allclose(found[:, 512 - 16 :], second[:, 128 - 16 :], atol=1e-5)
    assert np.abs(found[:, 384:512] - first[:, 384:]).max() > 1e-3  # where they are blended


def _image(path: Path, pixels: np.ndarray) -> Path:
    transform = Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000)
    write_geotiff(path, pixels, Grid("EPSG:2154", transform, *pixels.shape[1:]))
    return path
