"""`train`: from a folder of scenes to a bundle that the app opens."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lcapp.command.verb import Answer, Verb
from lcapp.record import from_json, to_json

if TYPE_CHECKING:
    from lcapp.train.config import TrainConfig

Record = TypeVar("Record")

_TERMS = ("hr", "sr", "diffusion", "radiometric", "gradient", "temporal", "spectral")

_SETTINGS = (
    # option, type, where it goes, help; None as a default leaves the setting as it is
    ("--variant", str, "network.variant", "size of the network (default tiny)"),
    ("--fusion", str, "network.fusion", "attention, concat, add (Table 4) or none (aerial alone)"),
    ("--pooling", str, "network.temporal_pooling", "mean or attention over the epochs of E_SR"),
    ("--decoder", str, "network.decoder", "unetformer or concat (default: the variant's)"),
    ("--hr-init", str, "network.hr_init", "random, imagenet (size paper), or a bundle's HR branch"),
    ("--align", str, "data.align", "affine, or the paper's none"),
    ("--validation-scenes", int, "data.validation_scenes", "at most so many; 0: all"),
    ("--square", int, "data.square", "train on squares of so many pixels; 0: whole scenes"),
    ("--whole-rounds", int, "data.whole_rounds", "last rounds on whole scenes (default 1)"),
    ("--neutral-share", float, "data.neutral_share", "visits without the nDSM, 0..1"),
    ("--cached-scenes", int, "data.cached_scenes", "prepared scenes a process keeps (7 MB each)"),
    ("--residual", str, "objective.residual", "aerial (the paper's) or high-pass"),
    ("--noise", str, "objective.noise", "one k and noise image per scene (the paper's) or epoch"),
    ("--noise-draws", int, "objective.noise_draws", "draws of k that L_D is the mean over"),
    ("--noise-norm", str, "objective.losses.noise_norm", "of L_D: l1 (the paper's) or l2"),
    ("--few-step-share", float, "objective.few_step_share", "visits with few-step samples, 0..1"),
    ("--few-steps", int, "objective.few_steps", "denoising steps of these samples"),
    ("--residual-deviation", float, "diffusion.residual_deviation", "precondition; 0: do not"),
    ("--back-projections", int, "diffusion.back_projections", "rounds after each prediction"),
    ("--variance", str, "diffusion.variance", "posterior, or beta as in eq. 4"),
    ("--optimiser", str, "optimiser.name", "adamw, or the paper's adam"),
    ("--learning-rate", float, "optimiser.learning_rate", "default 1e-4; the paper's is 1e-3"),
    ("--denoiser-factor", float, "optimiser.denoiser_factor", "of eps_w's learning rate"),
    ("--seed", int, "seed", "of everything that is random"),
    ("--batch", int, "batch", "scenes at once in each process"),
    ("--accumulate", int, "accumulate", "batches before the weights change"),
    ("--pretrain-passes", int, "pretrain_passes", "passes of E_C's pre-training (default 30)"),
    ("--denoiser-passes", int, "denoiser_passes", "passes of eps_w alone, by L_D (default 0)"),
    ("--phases-from", str, "phases_from", "run whose E_C and eps_w stand in for these passes"),
    ("--iterations", int, "iterations", "of the joint training"),
    ("--round", int, "round", "iterations between two checkpoints"),
)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", required=True, metavar="DIR", help="scenes with labels")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUN", help="folder of the run; goes on there"
    )
    parser.add_argument("--config", type=Path, help="config.json of another run to start from")
    for option, kind, place, text in _SETTINGS:
        parser.add_argument(option, type=kind, dest=place, help=text)
    parser.add_argument("--validation-domains", nargs="+", metavar="DOMAIN", help="held out")
    parser.add_argument("--exclude", nargs="+", metavar="ID", help="scenes to leave out")
    parser.add_argument("--no-augment", action="store_true", help="without flips and turns")
    parser.add_argument("--detach-sr", action="store_true", help="classifiers do not train eps_w")
    parser.add_argument("--without", nargs="+", choices=_TERMS, help="losses to switch off")
    parser.add_argument("--accelerator", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--devices", type=int, default=1, help="GPUs, or processes on CPUs")
    parser.add_argument("--nodes", type=int, default=1, help="machines")
    parser.add_argument("--workers", type=int, default=0, help="processes that read scenes")
    parser.add_argument("--precision", choices=("auto", "32-true", "bf16-mixed"), default="auto")


def _train(options: argparse.Namespace) -> Answer:
    from lcapp.train.config import MachineConfig
    from lcapp.train.run import Run

    config = _config(options)
    machine = MachineConfig(
        options.accelerator, options.devices, options.nodes, options.precision, options.workers
    )
    run = Run(config, options.out, machine)
    bundle = run.train()
    from lcapp.hub.config import read_config

    return {"out": str(options.out), "bundle": str(bundle), "figures": read_config(bundle).figures}


def _config(options: argparse.Namespace) -> "TrainConfig":
    """Defaults or a file, then what the command line says."""
    from lcapp.train.config import DataConfig, TrainConfig
    from lcapp.train.folder import read_settings

    folder = str(Path(options.collection).expanduser().resolve())
    default = TrainConfig(DataConfig(folder))
    config = default if options.config is None else read_settings(options.config)
    said: dict[str, Any] = {"data.collection": folder}
    said |= {setting: getattr(options, setting) for _, _, setting, _ in _SETTINGS}
    said["data.validation_domains"] = options.validation_domains
    said["data.exclude"] = options.exclude
    said["data.augment"] = False if options.no_augment else None
    said["objective.detach_sr"] = options.detach_sr or None
    said |= {f"objective.losses.{term}": 0.0 for term in options.without or ()}
    for setting, value in said.items():
        if value is not None:
            config = _with(config, setting.split("."), value)
    return config


def _with(record: Record, place: list[str], value: Any) -> Record:
    """The record with one setting replaced, as strictly as if it had come from a file."""
    name, *rest = place
    if rest:
        value = to_json(_with(getattr(record, name), rest, value))
    return from_json(type(record), to_json(record) | {name: value}, f"the option for {name}")


def _show(answer: dict[str, Any]) -> str:
    figures = answer["figures"]
    shares = ", ".join(f"{name} {share:.1%}" for name, share in figures["class_shares"].items())
    lines = [f"trained on: {shares}"]
    lines += [
        f"{name:36} {value}" for name, value in figures.items() if not isinstance(value, dict)
    ]
    return "\n".join([*lines, f"bundle written to {answer['bundle']}"])


TRAIN = Verb(
    "train", "train on scenes with labels; goes on where it stopped", _options, _train, _show
)
