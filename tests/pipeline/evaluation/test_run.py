"""Networks over a folder with labels and truth: figures, records that are taken over, refusals."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import rasterio

import lcapp.pipeline.evaluation.scene as evaluation_scene
from lcapp.classes import COSIA, FLAIR2
from lcapp.errors import BundleError, Cancelled, RunError, SceneError
from lcapp.evaluate.agreement import confusion_matrix
from lcapp.evaluate.by_month import SUPER_RESOLVED
from lcapp.evaluate.scores import near_edges
from lcapp.families.classifier.network import build as classifier
from lcapp.families.classifier.sizes import VARIANTS as MAPS
from lcapp.families.door import locate, open_model
from lcapp.families.tsrdiff.model import load
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import read_config
from lcapp.pipeline.evaluation.choice import Method, Settings, check_scenes, chosen
from lcapp.pipeline.evaluation.result import Evaluation, read_evaluation
from lcapp.pipeline.evaluation.rivals import RIVALS
from lcapp.pipeline.evaluation.run import evaluate
from lcapp.pipeline.evaluation.year import judged_year
from lcapp.pipeline.predict import predict
from lcapp.scene.collection import open_collection
from lcapp.types import CloudRule, Progress, Run
from tests.scenes import put_truth
from tests.train.conftest import MONTHS, write_area

SIDE = 104
SETTINGS = Settings(steps=(1,), seeds=(0, 1), samples=2, device="cpu")
TINY = Method("tiny", ("tiny",))
FIRST, SECOND = "D801_2021/Z1_NN/IMG_000010", "D801_2021/Z1_NN/IMG_000011"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tiles of a test domain with labels, the first with its truth; one tile to train on."""
    root = tmp_path_factory.mktemp("made")
    write_area(root, "test", "D801_2021", 2, SIDE, 1)
    write_area(root, "train", "D802_2021", 1, SIDE, 2)
    put_truth(root, FIRST)
    return root


@pytest.fixture
def folder(untouched: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(untouched, tmp_path / "made"))


@pytest.fixture(autouse=True, scope="module")
def _loaded_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lcapp.pipeline.evaluation.run.open_model", cache(open_model))
        yield


def run(
    root: Path,
    out: Path,
    settings: Settings = SETTINGS,
    methods: tuple[Method, ...] = (TINY,),
    on_step: Callable[[Progress], None] | None = None,
) -> Evaluation:
    found = open_collection(root)
    return evaluate(found, chosen(found, "test"), methods, settings, out, on_step)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def evaluation(untouched: Path, out: Path) -> Evaluation:
    return run(untouched, out)


def test_the_figures_are_those_of_the_predictions(untouched: Path, evaluation: Evaluation) -> None:
    collection, bundle = open_collection(untouched), load("tiny")
    expected, alone = np.zeros((13, 13), int), np.zeros((13, 13), int)
    for scene_id in (FIRST, SECOND):
        scene = collection.scene(scene_id)
        for seed in SETTINGS.seeds:
            found = predict(scene, bundle, Run("ddim", 1, seed, device="cpu"))
            expected += confusion_matrix(found.land_cover.class_map, scene.reference.labels, 13)
        without = found.explanation.without_series.class_map
        alone += confusion_matrix(without, scene.reference.labels, 13)
    fused, aerial_only, majority = evaluation.classes
    assert np.array_equal(fused.confusion, expected)
    assert np.array_equal(aerial_only.confusion, alone)
    assert np.array_equal(np.sum(majority.confusion, 1), alone.sum(1))
    assert (fused.runs, aerial_only.runs) == (2, 1)
    assert evaluation.scenes == (FIRST, SECOND)
    assert evaluation.untrained == ("tiny",)


def test_each_scene_has_its_own_figures(untouched: Path, evaluation: Evaluation) -> None:
    collection, bundle = open_collection(untouched), load("tiny")
    right = []
    for seed in SETTINGS.seeds:
        scene = collection.scene(SECOND)
        found = predict(scene, bundle, Run("ddim", 1, seed, device="cpu")).land_cover.class_map
        counts = scene.reference.labels != FLAIR2.index("other")
        right.append((found == scene.reference.labels)[counts].mean())
    first, second = evaluation.by_scene
    assert (first.scene, second.scene, second.steps) == (FIRST, SECOND, 1)
    assert second.oa == pytest.approx(np.mean(right))
    assert second.psnr is None  # the first alone has a truth
    (one,) = (row for row in evaluation.series if row.image == "one sample")
    assert first.psnr == pytest.approx(one.year.psnr)


def test_a_year_is_judged_against_its_truth_in_the_networks_order_of_bands(
    untouched: Path, evaluation: Evaluation
) -> None:
    bicubic, rival, guided, ceiling, one, mean = evaluation.series
    assert [row.image for row in evaluation.series] == [
        "bicubic",
        "bicubic, back-projected",
        "guided upsampling",
        "the truth itself",
        "one sample",
        "mean of 2 samples",
    ]
    assert [month for month, _ in one.months] == [f"{month:02d}" for month in MONTHS]
    # Only the first scene has a truth; both have a low resolution.
    assert (bicubic.year.images, one.year.images, mean.year.images) == (8, 16, 8)
    assert (ceiling.year.images, ceiling.year.psnr) == (4, 100)
    bundle = load("tiny")
    scene = open_collection(untouched).scene(FIRST)
    years = [
        predict(scene, bundle, Run("ddim", 1, seed, device="cpu")).super_resolved for seed in (0, 1)
    ]
    spans = np.array([0.3, 0.3, 0.3, 0.6])[:, None, None]
    true = np.array([0.1, 0.1, 0.1, 0.3])[:, None, None]
    month = MONTHS[1] - 1

    def psnr(image: np.ndarray) -> float:
        return float(-10 * np.log10((((image - true) / spans) ** 2).mean()))

    samples = [year.reflectance[month] for year in years]
    place = f"{MONTHS[1]:02d}"
    assert dict(bicubic.months)[place].psnr == pytest.approx(psnr(years[0].bicubic[month]))
    seen = (guided.year.images, guided.year.psnr > 0, guided.year.lr_consistency < 0.1)
    assert seen == (8, True, True)
    assert rival.year.lr_consistency < 0.2 * bicubic.year.lr_consistency
    assert dict(one.months)[place].psnr == pytest.approx(np.mean([psnr(x) for x in samples]))
    assert dict(mean.months)[place].psnr == pytest.approx(psnr(np.mean(samples, 0)))
    assert one.aerial is not None


def test_all_tables_are_written_and_say_the_same(evaluation: Evaluation, out: Path) -> None:
    told = json.loads((out / "evaluation.json").read_text())
    assert told["classes"][0]["miou"]["mean"] == evaluation.classes[0].miou.mean
    assert told["value_ranges"]["B8"] == [0.0, 0.6]
    assert read_evaluation(out) == evaluation
    names = {path.name for path in out.iterdir()}
    stems = ("classes", "per_class", "series")
    assert names == {
        "evaluation.json",
        "confusion.csv",
        "detail.tex",
        "differences.csv",
        "months.tex",
        "scenes.csv",
        "series_classes.csv",
        "spread.csv",
        "records",
        *(f"{stem}.{kind}" for stem in stems for kind in ("csv", "tex")),
    }


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenes that are predicted from now on."""
    seen: list[str] = []
    whole: Callable[..., object] = evaluation_scene.predict

    def watched(scene: object, *arguments: object, **named: object) -> object:
        seen.append(scene.scene_id)
        return whole(scene, *arguments, **named)

    monkeypatch.setattr(evaluation_scene, "predict", watched)
    return seen


def test_a_stopped_run_leaves_whole_records_and_goes_on(
    untouched: Path, evaluation: Evaluation, tmp_path: Path, monkeypatch
) -> None:
    def stop(progress: Progress) -> None:
        if progress.stage == SECOND:
            raise KeyboardInterrupt

    found = open_collection(untouched)
    with pytest.raises(KeyboardInterrupt):
        evaluate(found, chosen(found, "test"), [TINY], SETTINGS, tmp_path, stop)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["D801_2021__Z1_NN__IMG_000010.json"]
    seen = counted(monkeypatch)
    assert run(untouched, tmp_path) == evaluation
    assert seen == [SECOND] * 2


def test_records_are_taken_over_but_for_broken_ones(
    untouched: Path, evaluation: Evaluation, out: Path, tmp_path: Path, monkeypatch
) -> None:
    again = Path(shutil.copytree(out, tmp_path / "again"))
    seen = counted(monkeypatch)
    assert run(untouched, again) == evaluation
    assert seen == []
    cut = next(again.glob("records/*/*000011.json"))
    cut.write_text(cut.read_text()[:100])  # as a broken disk leaves it
    assert run(untouched, again) == evaluation
    assert seen == [SECOND] * 2


def test_a_rival_more_is_a_row_more_and_makes_records_anew(
    untouched: Path, evaluation: Evaluation, out: Path, tmp_path: Path, monkeypatch
) -> None:
    again = Path(shutil.copytree(out, tmp_path / "again"))
    monkeypatch.setitem(RIVALS, "grey", lambda ready, found, scalings: 0 * found.bicubic + 0.2)
    monkeypatch.setitem(RIVALS, "none", lambda ready, found, scalings: None)
    found = run(untouched, again)
    images = [row.image for row in found.series]
    assert images[3:5] == ["grey", "the truth itself"]
    assert "none" not in images
    # 0.1 off in the visible, as in the near infrared, whose range is twice as wide.
    grey = -10 * np.log10((3 * (0.1 / 0.3) ** 2 + (0.1 / 0.6) ** 2) / 4)
    assert found.series[3].year.psnr == pytest.approx(grey, abs=1e-4)
    assert any(one.less == "tiny, grey" for one in found.differences)
    assert found.series[0] == evaluation.series[0]


def test_the_spread_and_the_boundary_are_those_of_the_predictions(
    untouched: Path, evaluation: Evaluation
) -> None:
    (spread,) = evaluation.spread
    assert (spread.samples, spread.steps, spread.year.images) == (2, 1, len(MONTHS))
    collection, bundle = open_collection(untouched), load("tiny")
    scene = collection.scene(FIRST)
    years = [predict(scene, bundle, Run("ddim", 1, seed, device="cpu")) for seed in (0, 1)]
    samples = np.stack([one.super_resolved.reflectance[MONTHS[1] - 1] for one in years])
    truth = np.array([0.1, 0.1, 0.1, 0.3])[:, None, None]
    within = (samples.min(0) <= truth) & (truth <= samples.max(0))
    month = dict(spread.months)[f"{MONTHS[1]:02d}"]
    assert month.in_range == pytest.approx(within.mean())
    right = pixels = 0
    for scene_id in (FIRST, SECOND):
        labels = collection.scene(scene_id).reference.labels
        near = near_edges(labels, 0.2) & (labels < 12)
        found = predict(collection.scene(scene_id), bundle, Run("ddim", 1, 0, device="cpu"))
        right += (found.explanation.without_series.class_map == labels)[near].sum()
        pixels += near.sum()
    assert evaluation.classes[1].oa_near_edges.mean == pytest.approx(right / pixels)


def test_records_of_other_pixels_or_settings_are_made_anew(
    folder: Path, out: Path, evaluation: Evaluation, tmp_path: Path, monkeypatch
) -> None:
    again = Path(shutil.copytree(out, tmp_path / "again"))
    seen = counted(monkeypatch)
    labels = folder / "flair_labels_test" / f"{SECOND.replace('IMG', 'MSK')}.tif"
    labels = labels.parent / "msk" / labels.name
    with rasterio.open(labels, "r+") as raster:
        raster.write(np.full((1, SIDE, SIDE), 1, np.uint8))
    changed = run(folder, again)
    assert seen == [SECOND] * 2
    building = FLAIR2.index("building")
    assert np.sum(changed.classes[2].confusion, 1)[building] >= SIDE**2
    seen.clear()
    run(folder, again, replace(SETTINGS, seeds=(0,)))
    assert seen == [FIRST, FIRST, SECOND, SECOND]


def test_samples_and_maps_can_be_had_alone(untouched: Path, tmp_path: Path) -> None:
    maps = run(untouched, tmp_path, replace(SETTINGS, seeds=(5,), samples=0, steps=(1, 2)))
    assert maps.series == ()
    assert [(row.method, row.steps) for row in maps.classes] == [
        ("tiny", 1),
        ("tiny", 2),
        ("tiny, series set to 0", None),
        ("majority class", None),
    ]
    assert (tmp_path / "series.csv").read_text().count("\n") == 1  # its head


def test_a_network_that_reads_no_series_has_one_row_of_one_prediction(
    untouched: Path, tmp_path: Path, monkeypatch
) -> None:
    baseline = tmp_path / "baseline"
    network = classifier(MAPS["maxvit"]["demo"], seed=0)
    described = replace(
        read_config(locate("tiny")), network=asdict(network.config), architecture="maxvit"
    )
    write_bundle(baseline, network.state_dict(), described)
    methods = (Method("aerial", (baseline,)), TINY)
    settings = replace(SETTINGS, seeds=(0,), samples=1, steps=(1, 2))
    steps: list[Progress] = []
    seen = counted(monkeypatch)
    run(untouched, tmp_path / "alone", settings, methods[:1], steps.append)
    assert seen == [FIRST, SECOND]
    assert steps[-1].done == steps[-1].total
    found = run(untouched, tmp_path / "out", settings, methods)
    alone, *others = found.classes
    assert (alone.method, alone.steps, alone.runs, alone.over) == ("aerial", None, 1, "nothing")
    assert alone.parameters == sum(one.numel() for one in network.parameters())
    assert np.sum(alone.confusion) == np.sum(others[-1].confusion)
    assert {row.method for row in others} == {"tiny", "tiny, series set to 0", "majority class"}
    assert {row.method for row in found.series} == {"tiny"}
    for mixed in (("tiny", baseline), (baseline, "tiny")):
        with pytest.raises(BundleError, match="'ours' has networks with and without a series"):
            run(untouched, tmp_path / "out", settings, (Method("ours", mixed),))


def test_without_labels_there_are_no_class_figures(folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "flair_labels_test")
    shutil.rmtree(folder / "truth")
    found = run(folder, tmp_path, replace(SETTINGS, samples=1))
    assert found.classes == ()
    assert [row.image for row in found.series] == [
        "bicubic",
        "bicubic, back-projected",
        "guided upsampling",
        "one sample",
    ]
    assert found.series[1].year.psnr is None
    assert found.series[1].year.lr_consistency > 0
    with pytest.raises(SceneError, match=r"nothing to compare.*labels.*--samples"):
        run(folder, tmp_path, replace(SETTINGS, samples=0))


def test_two_trainings_of_a_method_are_averaged(untouched: Path, tmp_path: Path) -> None:
    other = shutil.copytree(locate("tiny"), tmp_path / "other")
    settings = replace(SETTINGS, samples=0, seeds=(0,))
    methods = (Method("ours", ("tiny", other)), Method("alone", (other,)))
    found = run(untouched, tmp_path / "out", settings, methods)
    ours, ours_alone, alone, *_ = found.classes
    assert (ours.runs, ours.over, ours_alone.runs, alone.runs) == (2, "models", 2, 1)
    assert (ours.miou.mean, ours.miou.std) == (pytest.approx(alone.miou.mean), pytest.approx(0))


def test_a_scene_that_cannot_be_used_is_left_out_by_name(folder: Path, tmp_path: Path) -> None:
    tile = folder / "flair_aerial_test" / "D801_2021" / "Z1_NN" / "img" / "IMG_000011.tif"
    tile.write_bytes(b"no raster")
    settings = replace(SETTINGS, samples=0, seeds=(0,))
    found = run(folder, tmp_path, settings)
    assert found.scenes == (FIRST,)
    assert dict(found.left_out).keys() == {SECOND}
    tile.with_name("IMG_000010.tif").write_bytes(b"no raster")
    with pytest.raises(SceneError, match=r"none of the 2 scenes.*IMG_000010"):
        run(folder, tmp_path, settings)


def test_a_truth_of_another_size_or_place_is_refused(folder: Path, tmp_path: Path) -> None:
    put_truth(folder, SECOND, side=12)
    with pytest.raises(SceneError, match=r"IMG_000011.*12 x 12.*expected 13 x 13"):
        run(folder, tmp_path)
    put_truth(folder, FIRST)
    moved = folder / "truth" / f"{FIRST.replace('IMG_', 'TRU_')}.tif"
    shutil.copy(moved, moved.with_name("TRU_000011.tif"))
    with pytest.raises(SceneError, match=r"IMG_000011.*from"):
        run(folder, tmp_path)
    assert open_collection(folder).truth(FIRST) is not None


def test_networks_that_do_not_compare_are_refused(
    untouched: Path, tmp_path: Path, monkeypatch
) -> None:
    tiny, cosia, wide = (copy(load("tiny")) for _ in range(3))
    cosia.card = replace(tiny.card, maps=(("landcover", COSIA),), name="cosia")
    ranges = (*tiny.card.value_ranges[:-1], ("B8", (0.0, 0.8)))
    wide.card = replace(tiny.card, value_ranges=ranges, name="wide")
    models = {"tiny": tiny, "cosia": cosia, "wide": wide}
    monkeypatch.setattr("lcapp.pipeline.evaluation.run.open_model", models.__getitem__)
    settings = replace(SETTINGS, samples=0, seeds=(0,))
    for name, words in (
        ("cosia", "cosia: its classes.*expected flair2, as of tiny"),
        ("wide", "wide: its series has other.*ranges.*those of tiny"),
    ):
        with pytest.raises(BundleError, match=words):
            run(untouched, tmp_path, settings, (TINY, Method(name, (name,))))


@pytest.mark.parametrize(
    ("settings", "methods", "words"),
    [
        ({}, (TINY, TINY), "two methods are called 'tiny'.*NAME=BUNDLE"),
        ({}, (Method("two", ("tiny", "tiny")),), "'two' names one bundle twice"),
        ({"seeds": ()}, (TINY,), "no seeds"),
        ({"steps": ()}, (TINY,), "no steps"),
        ({"samples": -1}, (TINY,), "samples is -1"),
        ({"steps": (0,)}, (TINY,), "steps is 0"),
        ({"sampler": "ancestral"}, (TINY,), "ancestral"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    untouched: Path, tmp_path: Path, settings: dict, methods: tuple[Method, ...], words: str
) -> None:
    with pytest.raises(RunError, match=words):
        run(untouched, tmp_path, replace(SETTINGS, **settings), methods)
    assert not list(tmp_path.iterdir())


def test_progress_grows_and_ends_at_its_total(untouched: Path, tmp_path: Path) -> None:
    said: list[Progress] = []
    found = open_collection(untouched)
    settings = replace(SETTINGS, samples=3, steps=(1,))
    evaluate(found, chosen(found, "test"), [TINY], settings, tmp_path, said.append)
    done = [one.done for one in said]
    assert done == sorted(done)
    assert (done[-1], {one.total for one in said}) == (2 * 3 * 4, {24})
    assert {one.stage for one in said} == {FIRST, SECOND}


def test_the_model_that_names_the_steps_gives_the_total(untouched: Path, tmp_path: Path) -> None:
    said: list[Progress] = []
    settings = Settings(seeds=(0,), samples=0, device="cpu")
    run(untouched, tmp_path, settings, (Method("demo", ("demo",)),), said.append)
    assert said[-1].done == said[-1].total


def test_a_cancelled_evaluation_keeps_the_scenes_that_are_finished(
    untouched: Path, tmp_path: Path, monkeypatch
) -> None:
    cancel, found = threading.Event(), open_collection(untouched)
    ids, settings = chosen(found, "test"), replace(SETTINGS, samples=0, seeds=(0,))

    def stop_in_the_second(now: Progress) -> None:
        if now.stage == SECOND:
            cancel.set()

    with pytest.raises(Cancelled):
        evaluate(found, ids, [TINY], settings, tmp_path / "out", stop_in_the_second, cancel=cancel)
    assert not (tmp_path / "out" / "evaluation.json").exists()
    seen = counted(monkeypatch)
    kept = tmp_path / "out" / "records"
    evaluate(found, ids, [TINY], settings, tmp_path / "other", records=kept)
    assert seen == [SECOND]
    assert {one.name for one in (tmp_path / "other").iterdir()}.isdisjoint({"records"})


def test_others_have_their_turn_before_each_prediction(untouched: Path, tmp_path: Path) -> None:
    turns: list[int] = []
    said: list[Progress] = []
    found = open_collection(untouched)
    settings = replace(SETTINGS, samples=0, seeds=(0, 1))
    evaluate(
        *(found, chosen(found, "test")[:1], [TINY], settings, tmp_path, said.append),
        between=lambda: turns.append(len(said)),
    )
    assert turns == [0, 0, 4]  # before the scene, and before each of its two seeds


def test_scenes_that_a_model_cannot_be_judged_on_are_told_before(
    untouched: Path, folder: Path, treesat_folder: Path
) -> None:
    found, tiny = open_collection(untouched), load("tiny").card
    check_scenes(found, found.ids, [tiny])
    with pytest.raises(SceneError, match=r"tiny cannot run: the scene has no pigeon"):
        check_scenes(found, found.ids, [replace(tiny, reads=("pigeon",))])
    real = open_collection(treesat_folder)
    with pytest.raises(SceneError, match=r"none of its 4 scenes has labels of land cover"):
        check_scenes(real, real.ids, [tiny])
    table = replace(FLAIR2, name="short", classes=FLAIR2.classes[:2])
    with pytest.raises(SceneError, match=r"which the network's table short does not know"):
        check_scenes(found, found.ids, [replace(tiny, maps=(("landcover", table),))])


def test_a_collection_of_which_nothing_can_be_used_is_refused_with_the_first_reason(
    treesat_folder: Path, tmp_path: Path
) -> None:
    found = open_collection(treesat_folder)
    settings = replace(SETTINGS, rule=CloudRule(pixel_percent=-1.0))
    words = "none of the 1 scenes can be evaluated; Bet.*: no month has clear"
    with pytest.raises(SceneError, match=words):
        evaluate(found, found.ids[:1], [TINY], settings, tmp_path)


def test_what_a_page_says_of_a_run_is_what_an_evaluation_says(untouched: Path) -> None:
    collection, model = open_collection(untouched), open_model("tiny")
    scene, truth = collection.scene(FIRST), collection.truth(FIRST)
    ready = model.prepare(scene, CloudRule())
    run = Run(SETTINGS.sampler or model.card.sampler, 1, 0, device="cpu")
    prediction = predict(ready, model, run)
    case = evaluation_scene.case_of(scene, ready, truth, model.card)
    settings = replace(SETTINGS, sampler=run.sampler, samples=1)
    record = evaluation_scene.evaluate_scene(case, model, settings, 1)
    judged = dict(judged_year(scene, ready, truth, prediction))
    assert judged.pop(SUPER_RESOLVED) == record.samples[0]
    assert judged == dict(record.rivals)
