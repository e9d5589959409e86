"""The page Super-resolution, driven without a browser."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lcapp.ui.session import cache
from lcapp.ui.session.work.seeds import DENOISING, SAMPLES, SEEDS
from tests.ui.pages import LONG, runs, told, with_result

pytestmark = pytest.mark.usefixtures("demo_folder", "nothing_shared")


def _script() -> None:
    from lcapp.ui.pages.super_resolution import SUPER_RESOLUTION

    SUPER_RESOLUTION.show()


def shown(**query: str) -> AppTest:
    """The page as that address opens it, once the run is done."""
    return with_result(_script, **query)


def test_it_answers_whether_april_can_be_trusted_and_where_not() -> None:
    page = shown(month="4")
    assert not page.exception
    answers = [one.value for one in (*page.success, *page.warning, *page.error)]
    (answer,) = (one for one in answers if "April" in one)
    assert "super-resolution" in answer
    assert "dB nearer to the truth than bicubic interpolation" in answer
    assert "% of the missing detail is right" in answer
    assert "% of what Sentinel-2 saw" in answer
    assert "Least in the" in answer or "No part stands out" in answer


def test_month_colours_and_stretch_stand_in_the_address() -> None:
    page = shown(month="4", look="NDVI", panes="swipe~lr~sr~30~~~~~0")
    assert page.select_slider(key="super_resolution_month").value == 4
    page.select_slider(key="super_resolution_month").set_value(9)
    page.toggle(key="super_resolution_own_stretch").set_value(True).run()
    query = {name: "".join(value) for name, value in page.query_params.items()}
    assert query["month"] == "9"
    assert query["look"] == "NDVI"
    assert query["own_stretch"] == "True"
    assert query["panes"] == "swipe~lr~sr~30~~~~~0"
    assert any("September" in one.value for one in (*page.success, *page.warning, *page.error))


def test_an_absent_month_has_no_pictures_and_a_reason() -> None:
    page = shown(month="1")
    said = "\n".join(one.value for one in page.info)
    assert "January is absent: there is nothing to be trusted." in said
    assert "cloudy" in said


def test_the_parts_of_the_year_are_drawn_when_they_are_asked_for() -> None:
    page = shown(month="4")
    assert "PSNR" in str(page.dataframe[0].value)
    page.segmented_control(key="super_resolution_detail").set_value("Acquisitions").run()
    assert "<h5>Jan <span>0/6</span></h5>" in told(page)
    page.segmented_control(key="super_resolution_detail").set_value("Films").run()
    page.toggle(key="super_resolution_film").set_value(True).run()
    assert not page.exception
    offered = [one.proto.label for one in page.get("download_button")]
    assert "Film of the year (GIF)" in offered


def test_the_denoising_is_watched_when_it_is_asked_for() -> None:
    page = shown(month="4")
    page.segmented_control(key="super_resolution_detail").set_value("Films").run()
    assert "in 8 steps and not in 1" in told(page)  # one step is no film
    page.button(key="super_resolution_denoise").click().run()
    ((_, task),) = cache.tasks().all(DENOISING)
    assert task.wait(LONG)
    page.run()
    assert not page.exception
    assert task.result is not None
    assert len(task.result) == 8
    assert [one.k for one in task.result] == sorted((one.k for one in task.result), reverse=True)
    offered = [one.proto.label for one in page.get("download_button")]
    assert "Film of the denoising (GIF)" in offered


def test_the_spread_over_seeds_is_shown_and_said_when_it_has_been_asked_for() -> None:
    page = shown(month="4", panes="swipe~lr~sr~30~~~~~0")
    page.button(key="super_resolution_seeds").click().run()
    ((_, task),) = cache.tasks().all(SEEDS)
    assert task.wait(LONG)
    page.run()
    assert not page.exception
    assert task.result is not None
    assert task.result.samples == SAMPLES
    assert "super_resolution_seeds" not in [one.key for one in page.button]
    mean = float(np.nanmean(task.result.deviation[3]))
    assert f"{SAMPLES} seeds of April lie {mean:.4f} of reflectance apart" in told(page)
    assert "panes" not in page.query_params, "the spread is seen, whatever was seen before"


def test_without_diffusion_steps_seed_and_noise_are_grey_and_400_steps_are_refused() -> None:
    page = shown(month="4", sampler="none", steps="400")
    grey = (page.slider(key="super_resolution_steps_none"), page.number_input[0])
    assert all(one.disabled for one in (*grey, page.slider(key="super_resolution_noise")))
    assert not page.slider(key="super_resolution_guide").disabled
    assert "Nothing is denoised: steps, seed and noise have no say." in told(page)
    (refused,) = (one.value for one in page.warning if "steps=400" in one.value)
    assert "a whole number from 1 to 100; used instead: 10." in refused
    page.button(key="refused_understood").click().run()
    assert not any("steps=400" in one.value for one in page.warning)


def test_a_real_scene_says_that_nobody_knows_the_truth(treesat_folder: Path) -> None:
    page = shown(collection=str(treesat_folder), model="demo")
    page.button(key="super_resolution_run").click().run()
    for task in runs():
        assert task.wait(LONG)
    page.run()
    assert not page.exception
    assert "Nobody knows what this place really looked like" in told(page)
    assert "that neither image vouches for" in "\n".join(
        one.value for one in (*page.success, *page.warning, *page.error)
    )


def test_before_a_run_the_page_says_what_to_do() -> None:
    page = shown(model="tiny")
    assert "Run the model (at the left)" in told(page)
    assert "<h5>Jan <span>0/6</span></h5>" in told(page)


def test_another_sampler_than_the_models_own_is_named_at_the_result() -> None:
    page = shown(sampler="ddim", steps="2")
    (said,) = (one.value for one in page.warning if "sampler ddim" in one.value)
    assert "were made for consistency, 1 step" in said
    assert "expect noise" in said
    page = shown()
    assert not any("sampler" in one.value for one in page.warning)
