"""What the options of `zone` ask for: which place, through which network, in which windows."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lcapp.classes import ClassTable
from lcapp.command.predict import bundle_folder, published_file
from lcapp.command.zone.processes import Share, device_of
from lcapp.errors import RunError, SceneError
from lcapp.pipeline.zone.windows import Layout
from lcapp.prepare import CloudRule
from lcapp.scene.collection import Collection, open_collection
from lcapp.scene.zone.area import Area
from lcapp.scene.zone.image import open_zone
from lcapp.sensors import AERIAL, ELEVATION, SENTINEL2
from lcapp.types import Progress

if TYPE_CHECKING:
    from lcapp.pipeline.zone.flairhub import FlairHubZone
    from lcapp.pipeline.zone.maps import Tables
    from lcapp.pipeline.zone.run import ZoneResult
    from lcapp.pipeline.zone.tsrdiff import TSRDiffZone

_LEAST_WINDOW = 64
"""Pixels: 12.8 m. Smaller windows see next to nothing, and a zone has thousands of them."""

Job = Callable[[tuple[int, int] | None, Callable[[Progress], None]], "ZoneResult | None"]
"""Classifies a part, or what is left of the whole, and writes the maps then."""


def job(options: argparse.Namespace, share: Share) -> Job:
    """Open the place and load the network, so that what does not go together is said.

    Args:
        options: Of the command line.
        share: Tells the GPU of this process.

    Raises:
        LcappError: What is asked for cannot be done.
    """
    file = published_file(options.model)
    return _bundle_job(options, share) if file is None else _flairhub_job(options, file, share)


def _job(
    zone: Area,
    network: "TSRDiffZone | FlairHubZone",
    tables: "ClassTable | Tables",
    layout: Layout,
    options: argparse.Namespace,
) -> Job:
    from lcapp.pipeline.zone.run import predict_zone

    return lambda part, on_step: predict_zone(
        zone,
        network,
        options.out,
        table=tables,
        settings=network.settings,
        layout=layout,
        on_step=on_step,
        part=part,
    )


def _bundle_job(options: argparse.Namespace, share: Share) -> Job:
    """An image with its series through one of lcapp's own networks."""
    model = bundle_folder(options.model)  # what can be refused at once comes before torch
    zone: Area
    if options.aerial is None:
        zone = _region_with_series(options)
        layout = _region_layout(options, sorted(zone.holds))
    else:
        window = 512 if options.window is None else options.window
        if window < _LEAST_WINDOW:
            raise RunError(
                f"window is {window}",
                expected=f"at least {_LEAST_WINDOW} pixels; networks are trained on 512",
            )
        layout = Layout.of(window, window // 4 if options.overlap is None else options.overlap)
        zone = _geotiff(options)
        if SENTINEL2 not in zone.holds:
            raise SceneError("the zone has no series", where=zone.id, advice="name it: --series")
    from lcapp.hub.bundle import load
    from lcapp.pipeline.zone.tsrdiff import TSRDiffZone

    network = TSRDiffZone(
        load(model),
        options.sampler,
        options.steps,
        options.seed,
        device_of(options.device, share),
        options.micro_batch,
        CloudRule(max_cover_percent=options.max_cover),
    )
    return _job(zone, network, network.table, layout, options)


def _flairhub_job(options: argparse.Namespace, file: Path, share: Share) -> Job:
    """A region of interest, or an aerial image, through one of IGN's published models."""
    from lcapp.families.flairhub import file as flairhub
    from lcapp.hub.transport.cache import sha256_of
    from lcapp.pipeline.zone.flairhub import FlairHubZone

    modalities = flairhub.contents(file).config.modalities
    zone = _geotiff(options) if options.aerial is not None else _region(options, modalities)
    layout = _region_layout(options, modalities)
    device = device_of(options.device, share)
    network = FlairHubZone(flairhub.load(file), file.name, sha256_of(file), device)
    network.check(zone)
    return _job(zone, network, network.tables, layout, options)


def _geotiff(options: argparse.Namespace) -> Area:
    if options.collection is not None or options.roi is not None:
        raise SceneError(
            "--aerial names the zone itself", advice="leave out --collection and --roi"
        )
    return open_zone(options.aerial, options.series, options.dates, options.masks, options.ndsm)


def _region(options: argparse.Namespace, modalities: Sequence[str]) -> Area:
    found = _collection(options)
    return found.zone(_roi(options, found), modalities)


def _region_with_series(options: argparse.Namespace) -> Area:
    """For one of lcapp's own networks, with heights where every patch has them."""
    found = _collection(options)
    roi = _roi(options, found)
    whole = found.regions().get(roi, ())
    heights = all(ELEVATION in found.header(one).holds for one in whole)
    return found.zone(roi, (AERIAL, *([ELEVATION] if heights else []), SENTINEL2))


def _region_layout(options: argparse.Namespace, modalities: Sequence[str]) -> Layout:
    from lcapp.pipeline.zone.flairhub import region_layout

    if options.window not in (None, 512):
        raise RunError(
            f"window is {options.window}",
            expected="512, for a published model or a region of interest",
        )
    return region_layout(modalities, options.overlap)


def _collection(options: argparse.Namespace) -> Collection:
    if options.collection is None:
        raise SceneError(
            "no zone is named",
            expected="--aerial GEOTIFF, or --collection DIR with --roi DOMAIN/ROI",
        )
    return open_collection(options.collection)


def _roi(options: argparse.Namespace, found: Collection) -> str:
    """The region that is named, or the only one."""
    if options.roi is not None:
        return str(options.roi)
    known = list(found.regions())
    if len(known) > 1:
        raise SceneError(
            f"holds {len(known)} regions of interest",
            where=options.collection,
            advice=f"name one with --roi, for instance --roi {known[0]}",
        )
    return known[0]
