"""`toy`: FLAIR-HUB's toy set fetched, a model evaluated on it, its figure beside the published."""

import argparse
from pathlib import Path
from typing import Any

from lcapp.command.evaluate import progress_line as evaluation_line
from lcapp.command.hub import opened, progress_line
from lcapp.command.verb import Answer, Verb
from lcapp.families.door import published
from lcapp.families.family import Published
from lcapp.scene.flairhub.toy import ADDRESS, FOLDER, fetch_toy

_MODEL = "IGNF/FLAIR-HUB_LC-A_IR_swinbase-upernet"


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="of the set; goes on there"
    )
    parser.add_argument("--model", default=_MODEL, help=f"default: {_MODEL}")
    parser.add_argument("--address", default=ADDRESS, help="of the archive, about 750 MB")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N patches, evenly chosen")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--fetch-only", action="store_true", help="evaluate nothing")


def _toy(options: argparse.Namespace) -> Answer:
    root = fetch_toy(options.out, options.address, progress_line())
    if options.fetch_only:
        return {"out": str(root)}
    model = opened(options.model)
    from lcapp.pipeline.evaluation.choice import Method, Settings, chosen
    from lcapp.pipeline.evaluation.run import evaluate
    from lcapp.scene.collection import open_collection

    collection = open_collection(root)
    ids = chosen(collection, "all", (), options.limit)
    settings = Settings(samples=0, seeds=(0,), device=options.device)
    method = Method(model.card.name, (options.model,))
    out = options.out / f"evaluation-{model.card.hash[:12]}"
    found = evaluate(collection, ids, [method], settings, out, evaluation_line())
    row, known = found.classes[0], _known(options.model, model.card.name)
    return {
        "out": str(root),
        "evaluation": str(out),
        "model": model.card.name,
        "patches": len(found.scenes),
        "left_out": dict(found.left_out),
        "miou": None if row.miou.mean is None else round(100 * row.miou.mean, 1),
        "oa": None if row.oa.mean is None else round(100 * row.oa.mean, 1),
        "published_miou": known.miou if known else None,
        "published_oa": known.accuracy if known else None,
        "source": known.source if known else None,
    }


def _known(name: str, card: str) -> Published | None:
    """What its owners published of a model, by its id or the name of its file."""
    bare = name.partition("@")[0]
    return next((one for one in published() if one.id == bare or one.id.endswith(f"/{card}")), None)


def _show(answer: dict[str, Any]) -> str:
    if "model" not in answer:
        return f"FLAIR-HUB's toy set lies in {answer['out']}"
    lines = [f"{answer['model']} on {answer['patches']} patches of FLAIR-HUB's toy set"]
    lines.append(f"{'':28} {'mIoU [%]':>10} {'OA [%]':>10}")
    lines.append(f"{'here':28} {_figure(answer['miou'])} {_figure(answer['oa'])}")
    if answer["source"]:
        figures = f"{_figure(answer['published_miou'])} {_figure(answer['published_oa'])}"
        lines.append(f"{'published, whole test set':28} {figures}  {answer['source']}")
        lines.append(
            "The toy set is other patches, some of which the model may have been trained on: "
            "figures of one order say that nothing is broken, and no more."
        )
    else:
        lines.append("Nothing is published of this model.")
    lines += [f"left out: {name}: {why}" for name, why in answer["left_out"].items()]
    return "\n".join([*lines, f"tables in {answer['evaluation']}"])


def _figure(value: float | None) -> str:
    return f"{'--' if value is None else f'{value:.1f}':>10}"


TOY = Verb(
    "toy",
    f"FLAIR-HUB's toy set ({FOLDER}) fetched, and a published model evaluated on it",
    _options,
    _toy,
    _show,
)
