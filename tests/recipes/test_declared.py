"""Recipes as data: what each row is trained by, as settings and as it is typed."""

import tomllib
from argparse import ArgumentParser
from pathlib import Path

import pytest

from lcapp.classes import FLAIR2
from lcapp.command.train import TRAIN, configured_by
from lcapp.errors import BundleError, LcappError, RunError, SceneError
from lcapp.evaluate.agreement import evaluated as evaluated_classes
from lcapp.families.family import FAMILIES, family
from lcapp.recipes.declared import SHIPPED, configured, read_recipes
from lcapp.recipes.jobs import jobs, rows_of, scenes
from lcapp.recipes.table import evaluated
from lcapp.train.config import DataConfig, TrainConfig
from lcapp.train.run import TRAINERS
from tests.train.conftest import write_area

RECIPES = read_recipes()
EVERY = [
    (row, setting) for row, one in RECIPES.rows if not one.join for setting, _ in RECIPES.settings
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three domains to train on, one to test."""
    root = tmp_path_factory.mktemp("recipes") / "scenes"
    for seed in (1, 2, 3):
        write_area(root, "train", f"D80{seed}_2021", 1, 104, seed)
    write_area(root, "test", "D812_2021", 1, 104, 4)
    return root


@pytest.mark.parametrize(("row", "setting"), EVERY)
def test_what_is_typed_gives_the_settings_by_which_a_run_is_known(
    row: str, setting: str, folder: Path, tmp_path: Path
) -> None:
    (job,) = (
        one
        for one in jobs(RECIPES, setting, (row,), (1,), scenes(str(folder), ()), tmp_path)
        if one.row == row
    )
    parser = ArgumentParser()
    TRAIN.arguments(parser)
    assert configured_by(parser.parse_args(job.options)) == job.config
    assert job.config.seed == 1
    assert job.config.family in TRAINERS
    assert job.config.network.variant in family(job.config.family).variants


def test_the_rows_of_the_ablations_differ_from_ours_by_what_their_names_say() -> None:
    ours = configured(TrainConfig(DataConfig("x")), RECIPES.options("ours", "paper"), "ours")
    losses = ("radiometric", "gradient", "temporal", "spectral")
    wanted = {
        "base-add": ("add", 4),
        "base-concat": ("concat", 4),
        "base-attention": ("attention", 4),
        "with-radiometric": ("attention", 3),
        "with-gradient": ("attention", 2),
        "with-temporal": ("attention", 1),
    }
    for row, (fusion, off) in wanted.items():
        config = configured(TrainConfig(DataConfig("x")), RECIPES.options(row, "paper"), row)
        found = config.objective.losses
        assert config.network.fusion == fusion
        switched = [name for name in losses if getattr(found, name) == 0]
        assert switched == list(losses[4 - off :])
        kept = [name for name in losses if name not in switched]
        assert all(getattr(found, name) == getattr(ours.objective.losses, name) for name in kept)
    assert all(getattr(ours.objective.losses, name) > 0 for name in losses)


def test_in_the_paper_s_setting_ours_is_trained_as_section_5_says() -> None:
    config = configured(TrainConfig(DataConfig("x")), RECIPES.options("ours", "paper"), "ours")
    assert config.network.variant == "paper"
    assert config.network.hr_init == "imagenet"
    assert (config.batch, config.iterations, config.pretrain_passes) == (8, 400_000, 30)
    optimiser = config.optimiser
    assert (optimiser.name, optimiser.learning_rate, optimiser.warmup) == ("adam", 1e-3, 0)
    assert config.data.align == "none"
    assert config.data.registration is False


def test_the_figures_of_the_paper_stand_in_the_order_of_the_classes() -> None:
    names = [FLAIR2.names[index] for index in evaluated_classes(FLAIR2)]
    table = RECIPES.table("3")
    assert all(len(line.iou) == len(names) for line in table.lines)
    (line,) = (one for one in table.lines if one.row == "ours")
    ours = dict(zip(names, line.iou, strict=True))
    assert (ours["water"], ours["brushwood"], ours["plowed land"]) == (92.4, 28.8, 41.6)
    for name in ("2", "3"):
        by_row = {line.row: line for line in RECIPES.table(name).lines}
        assert list(by_row) == [line.row for line in RECIPES.table("2").lines]
    for line in table.lines:  # Table 2's means are those of Table 3, but for two in the paper
        if line.row in ("t-cf-s", "t-cf-m"):
            continue
        (mean,) = (one.miou[0] for one in RECIPES.table("2").lines if one.row == line.row)
        assert sum(line.iou) / 12 == pytest.approx(mean, abs=0.25)


def test_the_rows_come_in_the_order_in_which_they_matter_each_once_for_every_seed(
    folder: Path, tmp_path: Path
) -> None:
    rows = rows_of(RECIPES, ("2", "4"), ())
    assert rows[:3] == ("maxvit", "t-cf-m", "ours")
    assert rows[-2:] == ("t-cf-s", "ensemble")
    found = jobs(RECIPES, "small", rows, (0, 1), scenes(str(folder), ()), tmp_path)
    assert [(one.seed, one.row) for one in found] == [(s, row) for s in (0, 1) for row in rows]
    late = next(one for one in found if one.row == "lf-dlm")
    assert [weight for _, weight in late.join] == [0.7, 0.3]
    assert rows_of(RECIPES, ("2",), ("lf-dlm",)) == ("lf-dlm-aerial", "lf-dlm-series", "lf-dlm")
    assert rows_of(RECIPES, ("4",), ("base-add",)) == ("ours", "base-add")


def test_a_collection_without_official_domains_has_the_last_held_out(folder: Path) -> None:
    assert scenes(str(folder), ()).validation_domains == ("D803_2021",)
    assert scenes(str(folder), ("D801_2021",)).validation_domains == ("D801_2021",)


def test_official_domains_are_left_to_the_training(tmp_path: Path) -> None:
    for seed, name in enumerate(("D004_2021", "D801_2021"), start=1):
        write_area(tmp_path / "scenes", "train", name, 1, 104, seed)
    assert scenes(str(tmp_path / "scenes"), ()).validation_domains == ()


def test_one_domain_is_too_few_and_no_folder_is_none(tmp_path: Path) -> None:
    write_area(tmp_path / "scenes", "train", "D801_2021", 1, 104, 1)
    with pytest.raises(SceneError, match="has 1 domain to train on"):
        scenes(str(tmp_path / "scenes"), ())
    with pytest.raises(SceneError):
        scenes(str(tmp_path / "nowhere"), ())


def test_every_setting_is_one_of_evaluate_as_well() -> None:
    for name, one in RECIPES.settings:
        assert evaluated(one.evaluate, name).samples == 0
    with pytest.raises(RunError, match="no option 'stepps' of evaluate"):
        evaluated({"stepps": [3]}, "mine")


OWN = """
[settings.mine]
summary = "few"
train = {iterations = 1}
evaluate = {}
[rows.a.train]
fusion = "add"
[tables.1]
caption = "c"
source = "s"
reference = "A"
lines = [{row = "a", name = "A"}]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('row = "a"', 'row = "b"', "shows b, which is no row"),
        ('reference = "A"', 'reference = "B"', "has no line B"),
        ("[rows.a.train]", "[rows.a]\njoin = {c = 1.0}\n[rows.a.train]", "needs c"),
        ("[rows.a.train]", "[rows.a.trian]", "missing: train; unknown: trian"),
        ("[settings.mine]", "[settings.mine", "is no TOML"),
    ],
)
def test_a_mistake_in_recipes_of_one_s_own_is_named(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    assert read_recipes(tmp_path / "own.toml").table("1").lines[0].name == "A"
    (tmp_path / "own.toml").write_text(OWN.replace(old, new))
    with pytest.raises(BundleError, match=said):
        read_recipes(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"iteratoins": 3}, "no option 'iteratoins' of train"),
        ({"batch": 1}, "batch is 1"),
        ({"fusion": "sum"}, "fusion is 'sum'"),
        ({"without": ["noise"]}, "without is 'noise'"),
        ({"batch": "eight"}, "batch is 'eight'"),
    ],
)
def test_an_option_that_train_has_not_is_refused_with_its_row(
    options: dict[str, object], said: str
) -> None:
    with pytest.raises(LcappError, match=said):
        configured(TrainConfig(DataConfig("x")), options, "row a")


def test_what_there_is_not_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no table '5'.*2 or 3 or 4"):
        rows_of(RECIPES, ("5",), ())
    with pytest.raises(RunError, match=r"no row 'maxvitt'.*maxvit"):
        rows_of(RECIPES, ("2",), ("maxvitt",))
    with pytest.raises(RunError, match=r"no setting 'large'.*paper or small"):
        RECIPES.conditions("large")
    assert tomllib.loads(SHIPPED.read_text())["settings"].keys() == {"paper", "small"}
    assert set(FAMILIES) >= {"joined"}
