"""`train`: from a folder of scenes to a bundle that the app opens."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.progress import ProgressLine
from lcapp.command.settings import add_settings, with_settings
from lcapp.command.verb import Answer, Verb
from lcapp.record import with_setting
from lcapp.scene.collection import whole
from lcapp.train.config import TERMS, DataConfig, MachineConfig, TrainConfig


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--collection", required=True, metavar="SOURCE", help="scenes with labels")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUN", help="folder of the run; goes on there"
    )
    parser.add_argument("--config", type=Path, help="config.json of another run to start from")
    add_settings(parser, TrainConfig)
    parser.add_argument("--without", nargs="+", choices=TERMS, help="losses to switch off")
    add_settings(parser, MachineConfig)


def configured_by(options: argparse.Namespace) -> TrainConfig:
    """The settings of the run that the options ask for."""
    source = whole(options.collection)
    config = TrainConfig(DataConfig(source))
    if options.config is not None:
        from lcapp.train.folder import read_settings

        config = with_setting(read_settings(options.config), "data.collection", source)
    config = with_settings(config, options)
    for term in options.without or ():
        config = with_setting(config, f"objective.losses.{term}", 0.0)
    return config


def _train(options: argparse.Namespace) -> Answer:
    from lcapp.hub.config import read_config
    from lcapp.train.run import Run

    config = configured_by(options)
    machine = with_settings(MachineConfig(), options)
    bundle = Run(config, options.out, machine, ProgressLine().step).train()
    return {"out": str(options.out), "bundle": str(bundle), "figures": read_config(bundle).figures}


def _show(answer: dict[str, Any]) -> str:
    figures = answer["figures"]
    shares = figures.get("class_shares", {})  # none without a last phase
    told = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    lines = [f"trained on: {told}"] if told else []
    lines += [
        f"{name:36} {value}" for name, value in figures.items() if not isinstance(value, dict)
    ]
    return "\n".join([*lines, f"bundle written to {answer['bundle']}"])


TRAIN = Verb(
    "train", "train on scenes with labels; goes on where it stopped", _options, _train, _show
)
