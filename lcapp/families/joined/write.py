"""The bundle of a joined model."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from lcapp.errors import BundleError, RunError
from lcapp.families.door import local, open_model
from lcapp.families.joined.model import JoinedModel, common_maps
from lcapp.families.joined.sizes import ARCHITECTURE, JoinedConfig, Member, Rule
from lcapp.hub.config import BundleConfig
from lcapp.prepare import InputSpec
from lcapp.record import check
from lcapp.types import Card


def write_joined(
    out: Path, members: Sequence[tuple[str | Path, float]], rule: Rule = "geometric"
) -> Card:
    """Join models to one.

    Args:
        out: Folder of the bundle; its name is the model's. A bundle that is there is replaced.
        members: Name, folder, file or id of each, with its weight.
        rule: Which mean.

    Returns:
        Its card.

    Raises:
        BundleError: A model that there is not, one that is joined itself, or class tables that
            differ.
        RunError: Fewer than two models, or weights that make no sense.
    """
    from lcapp.hub.bundle import write_bundle

    if len({str(name) for name, _ in members}) < len(members):
        raise RunError("one model is named twice", expected="a weight for each", where=out)
    models = [(open_model(name), weight) for name, weight in members]
    for model, _ in models:
        if model.card.family == ARCHITECTURE:
            raise BundleError(
                "is joined itself", where=model.card.name, advice="name its members in its place"
            )
    cards = [model.card for model, _ in models]
    maps = common_maps(cards, out)
    told = tuple(
        Member(_told(name, model.card, out), model.card.hash, float(weight))
        for (name, _), (model, weight) in zip(members, models, strict=True)
    )
    for one in told:
        check(one)
    try:
        how = JoinedConfig(told, rule)
    except ValueError as error:
        raise RunError(str(error), where=out, expected="two models or more") from None
    shares = ", ".join(
        f"{card.name} ({weight:g})" for card, weight in zip(cards, how.weights, strict=True)
    )
    kind = "Weighted geometric mean" if rule == "geometric" else "Weighted mean"
    config = BundleConfig(
        name=out.name if out.name != "bundle" else out.absolute().parent.name,
        variant=rule,
        network=asdict(how),
        inputs=InputSpec(),
        classes=maps[0][1].name,
        diffusion=None,
        trained=all(card.trained for card in cards),
        provenance=f"{kind} of the probabilities of {shares}.",
        licence=" and ".join(dict.fromkeys(card.licence for card in cards)),
        figures={},
        architecture=ARCHITECTURE,
    )
    write_bundle(out, {}, config)
    return JoinedModel(out).card


def _told(name: str | Path, card: Card, out: Path) -> str:
    """How the description names a member: what lies on this disk from the bundle's folder on."""
    if not Path(name).exists() and local(str(name)) is not None and "/" in str(name):
        return str(name)  # of the Hub: its place in the cache means nothing elsewhere
    return os.path.relpath(card.path.resolve(), out.resolve())
