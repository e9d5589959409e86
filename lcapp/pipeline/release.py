"""A trained bundle under a name of its own, with the figures that `evaluate` measured of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from lcapp.errors import BundleError, RunError
from lcapp.families.door import open_model
from lcapp.families.joined.sizes import ARCHITECTURE as JOINED
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import WEIGHTS_FILE, BundleConfig, read_config
from lcapp.hub.held_out import HeldOut
from lcapp.hub.weights import read_tensors
from lcapp.limits import parse_json, read_text
from lcapp.pipeline.evaluation.records import FOLDER


def release(bundle_path: Path | str, evaluation: Path, out: Path, licence: str) -> BundleConfig:
    """Write the bundle again, described for those who use it.

    Weights and sizes stay; the name becomes that of `out`; the figures of the training's own
    validation, which guided it, give way to those of scenes that it never saw.

    Args:
        bundle_path: A trained bundle.
        evaluation: Folder of an evaluation in which this bundle, and of its method no other, was.
        out: Folder to write; a bundle that is there is replaced.
        licence: Of the weights.

    Returns:
        The description as written.

    Raises:
        BundleError: No bundle, or an untrained one.
        RunError: No evaluation, or none of this bundle.
    """
    model = open_model(bundle_path)
    model.load()  # strictly, before anything is written
    folder = model.card.path
    config = read_config(folder)
    if not config.trained:
        raise BundleError(
            "has initial weights", where=folder, expected="a bundle that `train` wrote"
        )
    if config.architecture == JOINED:
        raise BundleError(
            "names its members by where they lie beside it",
            where=folder,
            advice="join them in the new place: python -m lcapp join",
        )
    kept: dict[str, Any] = {
        key: config.figures[key] for key in ("iterations", "class_shares") if key in config.figures
    }
    told = replace(
        config,
        name=out.name,
        licence=licence,
        figures=kept | _figures(evaluation, model.card.hash, config.name).as_figures(),
    )
    write_bundle(out, read_tensors(folder / WEIGHTS_FILE), told)
    return told


def _figures(folder: Path, bundle_hash: str, name: str) -> HeldOut:
    """Those of the bundle; with the most steps, where several numbers were compared."""
    file = folder / "evaluation.json"
    if not any((folder / FOLDER).glob(f"{bundle_hash}-*")):
        raise RunError(
            f"holds no records of the bundle {bundle_hash}",
            where=folder,
            expected="the folder of `evaluate --model BUNDLE --out FOLDER`",
        )
    try:
        found = parse_json(read_text(file, RunError, "the figures of `evaluate`"))
        rows = [one for one in found["classes"] if one["method"] == name]
        if not rows or any(one["over"] == "models" for one in rows):
            raise RunError(
                f"has no line for {name!r} alone",
                where=file,
                expected="an evaluation in which the bundle goes by its own name",
                advice="evaluate with --model BUNDLE, without NAME= and without others behind it",
            )
        return _held_out(found, max(rows, key=lambda row: row["steps"] or 0))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise RunError(f"cannot be read: {error}", where=file) from error


def _held_out(found: dict[str, Any], row: dict[str, Any]) -> HeldOut:
    scenes = found["scenes"]

    def mean(figure: str) -> Any:
        value = row[figure]["mean"]
        return value if value is None else round(value, 4)

    return HeldOut(
        collection=found["collection"],
        simulated=found["simulated"],
        scenes=len(scenes),
        domains=len({one.partition("/")[0] for one in scenes}),
        sampler=found["sampler"],
        steps=row["steps"],
        miou=mean("miou"),
        oa=mean("oa"),
        miou_seasonal=mean("miou_seasonal"),
        miou_others=mean("miou_others"),
    )
