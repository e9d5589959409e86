"""What the options of `zone` ask for: which place, through which model, in which windows."""

import argparse
from collections.abc import Callable
from dataclasses import replace

from lcapp.command.hub import opened
from lcapp.command.place import placed
from lcapp.command.settings import run_of, with_settings
from lcapp.command.zone.processes import Share, device_of
from lcapp.errors import SceneError
from lcapp.pipeline.zone.layout import layout_for
from lcapp.pipeline.zone.run import ZoneResult, predict_zone
from lcapp.scene.collection import open_collection
from lcapp.scene.zone.area import Area
from lcapp.scene.zone.image import open_zone
from lcapp.types import AUTOMATIC, Card, Progress

Job = Callable[[tuple[int, int] | None, Callable[[Progress], None]], ZoneResult | None]
"""Classifies a part, or what is left of the whole, and writes the maps then."""


def job(options: argparse.Namespace, share: Share) -> Job:
    """Open the place and the model, so that what does not go together is said.

    Args:
        options: Of the command line.
        share: Tells the GPU of this process.

    Raises:
        LcappError: What is asked for cannot be done.
    """
    model = opened(options.model)
    zone = _zone(options, model.card)
    layout = layout_for(zone, model.card, options.window, options.overlap)
    run = run_of(model.card, options)
    run = replace(run, device=device_of(run.device, share))
    return lambda part, on_step: predict_zone(
        zone, model, options.out, run, layout=layout, on_step=on_step, part=part
    )


def _zone(options: argparse.Namespace, card: Card) -> Area:
    units = with_settings(AUTOMATIC, options)
    place = placed(options, units, {*card.reads, *card.uses})
    if place is not None:
        return place.region("", card.reads, card.uses)
    if options.aerial is not None:
        if options.collection is not None or options.roi is not None:
            raise SceneError(
                "--aerial names the zone itself", advice="leave out --collection and --roi"
            )
        files = (options.aerial, options.series, options.dates, options.masks, options.ndsm)
        return open_zone(*files, units)
    if options.collection is None:
        raise SceneError(
            "no zone is named",
            expected="--aerial GEOTIFF, --place LON,LAT, or --collection DIR with --roi DOMAIN/ROI",
        )
    found = open_collection(options.collection, units)
    if options.roi is not None:
        return found.region(options.roi, card.reads, card.uses)
    known = list(found.regions())
    if len(known) != 1:
        raise SceneError(
            f"holds {len(known)} regions of interest",
            where=options.collection,
            advice=f"name one with --roi, for instance --roi {known[0]}" if known else None,
        )
    return found.region(known[0], card.reads, card.uses)
