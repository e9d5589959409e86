"""Published models over a region of interest and over any aerial image."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import torch
from affine import Affine

from lcapp.classes import LPIS1
from lcapp.errors import RunError, SceneError
from lcapp.families.flairhub.inputs import AERIAL_CHANNELS
from lcapp.families.flairhub.network import UPerFuse
from lcapp.families.flairhub.sizes import UPerFuseConfig
from lcapp.models.sizes import SwinConfig, UTAEConfig
from lcapp.pipeline.predict import predict
from lcapp.pipeline.zone.blend import NO_CLASS
from lcapp.pipeline.zone.layout import layout_for
from lcapp.pipeline.zone.run import ZoneResult, predict_zone
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.plain import write_geotiff
from lcapp.scene.zone.area import Area
from lcapp.scene.zone.image import open_zone
from lcapp.types import Grid, LandCover, Run, Scene
from tests.families.flairhub.made import LC_A, Made
from tests.scene.roi import DAYS, NAME, file, write_roi

COVER, CROPS = "AERIAL_LABEL-COSIA", "ALL_LABEL-LPIS"
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


def pixelwise(modalities: tuple[str, ...], **tasks: int) -> Made:
    return Made(Pixelwise(modalities, **tasks))


CPU = Run(device="cpu")


def run(zone: Area, model: Made, out: Path) -> ZoneResult:
    result = predict_zone(zone, model, out, CPU)
    assert result is not None
    return result


def alone(scene: Scene, model: Made) -> dict[str, LandCover]:
    return predict(scene, model, CPU).maps


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def test_the_maps_of_a_region_are_those_of_its_patches(tmp_path: Path) -> None:
    """Two tasks, images of two sizes and a series, a gap; one pixel does not see another."""
    modalities = (*IMAGES, "SENTINEL2_TS")
    write_roi(tmp_path / "hub", 1, 4, modalities, gaps=((0, 2),))
    collection = open_collection(tmp_path / "hub")
    model = pixelwise(modalities, cover=19, crops=23)
    result = run(collection.region(NAME, modalities), model, tmp_path / "out")
    maps = ("confidence.tif", "crops.tif", "crops_confidence.tif", "landcover.tif")
    assert sorted(result.files) == [*maps, "summary.json"]
    with rasterio.open(tmp_path / "out" / "crops.tif") as dataset:
        assert dataset.tags()["class_1"] == LPIS1.classes[1].en
        assert dataset.crs.to_epsg() == 2154
    for col in (0, 1, 3):
        here = np.s_[:, col * 512 : col * 512 + 512]
        maps = alone(collection.scene(f"{NAME}/0-{col}"), model)
        for name, sure in (("landcover", ""), ("crops", "crops_")):
            found = read(tmp_path / "out" / f"{name}.tif")[here]
            clear = np.sort(maps[name].probabilities, axis=0)
            clear = clear[-1] - clear[-2] > 1e-4
            assert clear.mean() > 0.99
            np.testing.assert_array_equal(found[clear], maps[name].class_map[clear])
            confidence = read(tmp_path / "out" / f"{sure}confidence.tif")[here]
            np.testing.assert_allclose(confidence, maps[name].confidence, atol=1e-5)
    assert (read(tmp_path / "out" / "landcover.tif")[:, 1024:1536] == NO_CLASS).all()


def test_where_patches_have_no_clear_day_in_common_each_has_its_own_answer(tmp_path: Path) -> None:
    days = {(0, 0): DAYS[:2], (0, 1): DAYS[2:]}
    write_roi(tmp_path / "hub", 1, 2, ("SENTINEL2_TS",), days=days)
    collection = open_collection(tmp_path / "hub")
    model = pixelwise(("SENTINEL2_TS",), cover=19)
    run(collection.region(NAME, ("SENTINEL2_TS",)), model, tmp_path / "out")
    found = read(tmp_path / "out" / "confidence.tif")
    for col in (0, 1):
        maps = alone(collection.scene(f"{NAME}/0-{col}"), model)
        here = found[:, col * 512 : col * 512 + 512]
        np.testing.assert_allclose(here, maps["landcover"].confidence, atol=1e-5)


def test_a_region_under_clouds_has_no_class_and_stops_nothing(tmp_path: Path) -> None:
    write_roi(tmp_path / "hub", 1, 2, ("SENTINEL2_TS",))
    for col in (0, 1):
        with rasterio.open(file(tmp_path / "hub", "SENTINEL2_MSK-SC", 0, col), "r+") as dataset:
            masks = dataset.read()
            masks[:] = 100 if col else 0  # the second patch: snow and clouds on every day
            dataset.write(masks)
    zone = open_collection(tmp_path / "hub").region(NAME, ("SENTINEL2_TS",))
    run(zone, pixelwise(("SENTINEL2_TS",), cover=19), tmp_path / "out")
    found = read(tmp_path / "out" / "landcover.tif")
    assert (found[:, :512] != NO_CLASS).all()
    assert (found[:, 512:] == NO_CLASS).all()


@pytest.mark.parametrize("size", [(700, 530), (300, 400)])
def test_any_aerial_image_goes_through_a_model_of_the_aerial_image(tmp_path, size) -> None:
    pixels = np.random.default_rng(1).integers(1, 256, (4, *size), np.uint8)
    zone = open_zone(_image(tmp_path / "a.tif", pixels))
    model = pixelwise(("AERIAL_RGBI",), cover=19)
    run(zone, model, tmp_path / "out")
    channels = AERIAL_CHANNELS["IR"]  # near infrared, red, green of red, green, blue, near infrared
    scaled = [
        (pixels[band].astype("f8") - one.mean) / one.std
        for band, one in zip((3, 0, 1), channels, strict=True)
    ]
    logits = np.einsum("kc,chw->khw", model.network.mixing[:19, :3], np.stack(scaled))
    odds = np.exp(logits - logits.max(0))
    expected = (odds / odds.sum(0)).max(0)
    np.testing.assert_allclose(read(tmp_path / "out" / "confidence.tif"), expected, atol=1e-5)


def test_beyond_the_image_a_network_sees_the_zeros_of_its_padding(tmp_path) -> None:
    pixels = np.random.default_rng(1).integers(1, 256, (4, 300, 512), np.uint8)
    zone = open_zone(_image(tmp_path / "a.tif", pixels))
    seen = []
    model = pixelwise(("AERIAL_RGBI",), cover=19)
    model.network.register_forward_hook(
        lambda _, inputs, __: seen.append(inputs[0]["AERIAL_RGBI"].numpy())
    )
    run(zone, model, tmp_path / "out")
    assert seen[0].shape == (1, 3, 512, 512)
    assert not seen[0][..., 300:, :].any()
    assert np.abs(seen[0][..., :300, :]).min() > 0


def test_a_model_of_more_than_the_aerial_image_needs_a_region(tmp_path) -> None:
    zone = open_zone(_image(tmp_path / "a.tif", np.ones((4, 64, 64), np.uint8)))
    model = pixelwise((*IMAGES, "SENTINEL2_TS"), cover=19)
    with pytest.raises(SceneError, match=r"a: the scene has no SPOT_RGBI, no SENTINEL2_TS; .*does"):
        run(zone, model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_of_the_infrared_refuses_an_image_without_it(tmp_path) -> None:
    zone = open_zone(_image(tmp_path / "a.tif", np.ones((3, 64, 64), np.uint8)))
    model = pixelwise(("AERIAL_RGBI",), cover=19)
    with pytest.raises(SceneError, match="has no band nir"):
        run(zone, model, tmp_path / "out")
    run(zone, Made(model.network, LC_A.replace("_IR_", "_RGB_")), tmp_path / "out2")


@pytest.mark.parametrize(
    ("modalities", "default", "refused"),
    [
        (("AERIAL_RGBI",), 128, ()),
        (IMAGES, 128, (60,)),
        (("AERIAL-RLT_PAN",), 128, (33,)),
        (("AERIAL_RGBI", "SENTINEL2_TS"), 256, (128, 64)),
    ],
)
def test_windows_begin_with_a_pixel_of_every_modality(
    tmp_path, modalities, default, refused
) -> None:
    write_roi(tmp_path, 1, 1, tuple({*modalities, "AERIAL_RGBI"}))
    zone = open_collection(tmp_path).region(NAME, modalities)
    card = pixelwise(modalities, cover=19).card
    layout = layout_for(zone, card)
    assert (layout.window, layout.overlap) == (512, default)
    assert layout_for(zone, card, overlap=0).overlap == 0
    for overlap in refused:
        with pytest.raises(RunError, match=f"overlap is {overlap}; expected a multiple of"):
            layout_for(zone, card, overlap=overlap)
    with pytest.raises(RunError, match="window is 256; expected 512"):
        layout_for(zone, card, window=256)


def test_a_published_architecture_leaves_no_seam_within_a_window(tmp_path: Path) -> None:
    """A small Swin, which sees its whole window: where one counts alone, the mosaic is its pass."""
    torch.manual_seed(0)
    swin = SwinConfig(width=32, depths=(1, 1, 1, 1), heads=1)
    small = UPerFuse(UPerFuseConfig({"AERIAL_RGBI": swin}, {}, {COVER: 19})).eval()
    model = Made(small)
    pixels = np.random.default_rng(1).integers(1, 256, (4, 512, 896), np.uint8)
    run(open_zone(_image(tmp_path / "a.tif", pixels)), model, tmp_path / "o")
    found = read(tmp_path / "o" / "confidence.tif")
    first, second = (torch.from_numpy(one).softmax(0).amax(0).numpy() for one in model.answers)
    np.testing.assert_allclose(found[:, : 384 + 16], first[:, : 384 + 16], atol=1e-5)
    np.testing.assert_allclose(found[:, 512 - 16 :], second[:, 128 - 16 :], atol=1e-5)
    assert np.abs(found[:, 384:512] - first[:, 384:]).max() > 1e-3  # where they are blended


def _image(path: Path, pixels: np.ndarray) -> Path:
    transform = Affine(0.2, 0, 800_000, 0, -0.2, 6_500_000)
    write_geotiff(path, pixels, Grid("EPSG:2154", transform, *pixels.shape[1:]))
    return path
