"""Which band is which: words, colours, order; and what is alpha."""

import shutil

import numpy as np
import pytest
from rasterio.enums import ColorInterp

from lcapp.errors import SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.rasters.bands import meant
from lcapp.scene.zone.image import open_zone
from tests.scene.conftest import write_tif

RED, GREEN, BLUE, NIR, ALPHA = (
    ColorInterp[name] for name in ("red", "green", "blue", "nir", "alpha")
)
IN_ORDER = ("red", "green", "blue", "nir")
SIDE = 96


def picture(bands: int = 4) -> np.ndarray:
    """Each band a texture around a level of its own."""
    rng = np.random.default_rng(7)
    levels = np.array([60, 110, 160, 210, 30])[:bands, None, None]
    return (levels + rng.integers(-20, 20, (bands, SIDE, SIDE))).astype(np.uint8)


def opened(folder, pixels, colours=None, **profile):
    path = write_tif(folder / "a.tif", pixels, **profile)
    if colours:
        import rasterio

        with rasterio.open(path, "r+") as file:
            file.colorinterp = colours
    return open_zone(path)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        *(("Rouge", "red"), ("VERT", "green"), ("bleu", "blue"), ("PIR", "nir")),
        *(("Proche Infrarouge", "nir"), ("near-infrared", "nir"), ("NIR1", "nir"), ("R", "red")),
        *(("Band 4 (Near Infrared)", "nir"), ("bande 1 - rouge", "red"), ("V", "green")),
        *(("Red (665 nm)", "red"), ("Opacité", "alpha"), ("Band 1", ""), ("Canal 3", "")),
        *(("red edge", "red edge"), ("NIR2", "nir 2"), ("B1", "b 1"), ("ndvi", "ndvi")),
    ],
)
def test_words_of_people(text, band):
    assert meant(text) == band


@pytest.mark.parametrize(
    ("colours", "names"),
    [
        ([BLUE, GREEN, RED, NIR], ("blue", "green", "red", "nir")),
        ([NIR, RED, GREEN, BLUE], ("nir", "red", "green", "blue")),
        ([GREEN, RED, BLUE, ALPHA], ("green", "red", "blue")),
    ],
)
def test_colour_interpretation_is_obeyed(tmp_path, colours, names):
    zone = opened(tmp_path, picture(), colours)
    assert zone.bands == names
    np.testing.assert_array_equal(
        zone.read(slice(0, 9), slice(0, 9))[0], picture()[: len(names), :9, :9]
    )


@pytest.mark.parametrize(
    "words",
    [
        ("PIR", "Rouge", "Vert", "Bleu"),
        ("B8", "B4", "B3", "B2"),
        ("Near infrared", "Band Red", "green", "BLUE"),
    ],
)
def test_descriptions_say_where_each_band_is(tmp_path, words):
    assert opened(tmp_path, picture(), descriptions=words).bands == ("nir", "red", "green", "blue")


def test_descriptions_and_colours_that_contradict_are_refused_with_both(tmp_path):
    words = ("red", "green", "blue", "nir")
    with pytest.raises(SceneError, match=r"described as 'red'.*colour interpretation is blue"):
        opened(tmp_path, picture(), [BLUE, GREEN, RED, NIR], descriptions=words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("Rot", "Grün", "Blau", "NIR"), "'Rot', 'Grün', 'Blau', 'NIR'.*rouge"),
        (("Nahes Infrarot", "Rot", "Grün", "Blau"), "not told"),
        (("Band 3", "Band 2", "Band 1", "Band 4"), "not told"),
        (("nir", "", "", ""), "not told"),
        (("red", "rouge", "green", "blue"), "2 of its bands are said to be red"),
    ],
)
def test_words_that_do_not_tell_are_refused_with_what_was_found(tmp_path, words, said):
    with pytest.raises(SceneError, match=said):
        opened(tmp_path, picture(), descriptions=words)


@pytest.mark.parametrize(
    "words", [("Band 1", "Band 2", "Band 3", "Band 4"), ("ortho.tif",) * 4, ("", "", "", "PIR")]
)
def test_words_that_say_nothing_leave_the_order(tmp_path, words):
    zone = opened(tmp_path, picture(), descriptions=words)
    assert zone.bands == IN_ORDER
    assert any("not described" in note for note in zone.notes)


def hard(shape):
    alpha = np.full(shape, 255, np.uint8)
    alpha[:, :20] = 0
    return alpha


def soft(shape):
    alpha = hard(shape)
    alpha[:, 20:24] = (40, 90, 160, 220)
    return alpha


def feathered(shape):
    """Fading out over all of the image, as a mosaic's seam does."""
    return np.broadcast_to(np.linspace(0, 255, shape[1]).astype(np.uint8), shape)


@pytest.mark.parametrize("kind", [hard, soft, feathered])
@pytest.mark.parametrize("alpha", ["YES", "NO"])
def test_alpha_is_never_near_infrared_however_it_is_said(tmp_path, kind, alpha):
    pixels = picture()
    pixels[3] = kind(pixels.shape[1:])
    pixels[:3, pixels[3] == 0] = 0
    zone = opened(tmp_path, pixels, photometric="RGB", alpha=alpha)
    assert zone.bands == ("red", "green", "blue")
    np.testing.assert_array_equal(zone.read(slice(0, 50), slice(0, 50))[1], pixels[3, :50, :50] > 0)
    assert any("alpha" in note for note in zone.notes)


def test_alpha_behind_near_infrared_is_the_mask(tmp_path):
    pixels = picture(5)
    pixels[4] = hard(pixels.shape[1:])
    zone = opened(tmp_path, pixels, [RED, GREEN, BLUE, NIR, ALPHA])
    assert zone.bands == IN_ORDER
    np.testing.assert_array_equal(zone.read(slice(0, 9), slice(0, 30))[1], pixels[4, :9, :30] > 0)


def test_dark_and_saturated_near_infrared_stays_near_infrared(tmp_path):
    """Half of it water, which is 0, a tenth saturated; GDAL calls it alpha."""
    pixels = picture()
    pixels[3, :, :48] = 0
    pixels[3, :10] = 255
    assert opened(tmp_path, pixels, photometric="RGB", alpha="YES").bands == IN_ORDER


def test_alpha_in_one_file_and_near_infrared_in_another_is_no_mosaic(tmp_path):
    pixels = picture()
    write_tif(tmp_path / "a.tif", pixels)
    pixels[3] = 255
    write_tif(tmp_path / "b.tif", pixels)
    with pytest.raises(SceneError, match=r"b\.tif: its band 4 is an alpha.*as in a\.tif"):
        open_zone(tmp_path)


def test_the_order_of_a_data_set_is_held_against_the_words_of_its_file(treesat_folder, tmp_path):
    import rasterio

    for file in treesat_folder.glob("Betula_spec._1_*"):
        shutil.copyfile(file, tmp_path / file.name)
    path = next(tmp_path.glob("*.tif"))
    with rasterio.open(path, "r+") as file:
        file.set_band_description(1, "Rouge")
    with pytest.raises(SceneError, match="band 1 is said to be Rouge; expected nir"):
        open_collection(tmp_path).scene("Betula_spec._1_15679")
