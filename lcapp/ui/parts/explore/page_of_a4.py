"""What the one-page report of a result holds."""

from collections.abc import Sequence

from lcapp import __version__
from lcapp.evaluate.areas import class_areas, group_areas
from lcapp.hub.held_out import held_out
from lcapp.language import tr
from lcapp.sensors import AERIAL
from lcapp.types import Prediction
from lcapp.ui.parts.banner import NO_PLACE, RANDOM, measured
from lcapp.ui.parts.choice.scene import demo_scenes
from lcapp.ui.parts.explore.answer import reference_of, sealed_by
from lcapp.ui.session.work.runs import Choice, told
from lcapp.views.explore.answer import answer
from lcapp.views.explore.report import Report, over
from lcapp.views.imagery import RGBA, aerial_rgba, classes_rgba, confidence_rgba
from lcapp.views.layers import OVER, Look
from lcapp.views.legend import legend_rows
from lcapp.views.map import place_of


def map_picture(choice: Choice, prediction: Prediction, look: Look) -> RGBA:
    """The classes over the aerial image, as the map shows them at first."""
    cover, scene = prediction.maps[look.map], choice.scene
    ground = None
    if AERIAL in scene.images:
        ground = aerial_rgba(scene.aerial, look.composite, scene.seen)
    return over(classes_rgba(cover.class_map, cover.table, look.safe), ground, OVER)


def page_of(choice: Choice, prediction: Prediction, look: Look, notes: Sequence[str]) -> Report:
    """The report of what is shown.

    Args:
        choice: What has been chosen.
        prediction: Its result.
        look: How the map is drawn.
        notes: What had to be assumed.
    """
    cover, scene, record = prediction.maps[look.map], choice.scene, prediction.record
    grid, card, groups = scene.grid, record.model, group_areas(cover)
    demo = next((one for one in demo_scenes(choice.view) if one.id == scene.id), None)
    lon, lat = place_of(grid, grid.height // 2, grid.width // 2)
    aerial = scene.images.get(AERIAL)
    flown = ""
    if aerial is not None and aerial.date:
        flown = ", " + tr("flown {day:long}", day=aerial.date)
    figures = held_out(card.figures)
    warning = [tr(NO_PLACE)] if record.simulated else []
    warning += [tr(RANDOM).replace("**", "")] if not card.trained else []
    warning += [f"{measured(figures)}."] if figures is not None else []
    pictures = [(tr("Confidence, dark 0, bright 1"), confidence_rgba(cover.confidence))]
    if aerial is not None:
        pictures.insert(0, (tr("Aerial image"), aerial_rgba(aerial, look.composite, scene.seen)))
    if (labels := reference_of(choice, cover)) is not None:
        pictures.append((tr("Reference"), classes_rgba(labels.labels, labels.table, look.safe)))
    return Report(
        title=tr(demo.title) if demo else scene.id,
        place=f"{scene.id}, {choice.collection.name}: {lat:.5f}, {lon:.5f} "
        f"({grid.crs}), {grid.width * grid.gsd:.1f} x {grid.height * grid.gsd:.1f} m{flown}",
        answer=answer(groups, sealed_by(choice, cover)).replace("**", "") if groups else "",
        warning=" ".join(warning),
        groups=groups,
        rows=legend_rows(class_areas(cover), cover.table, look.safe),
        map=map_picture(choice, prediction, look),
        metres=grid.width * grid.gsd,
        pictures=pictures,
        settings=(
            told(choice),
            tr(
                "{family} {variant}, weights {hash}",
                family=card.family,
                variant=card.variant,
                hash=card.hash,
            ),
            tr(
                "{seconds:.1f} s on {device}, lcapp {version}",
                seconds=record.seconds["total"],
                device=str(record.run.device),
                version=__version__,
            ),
            tr("Mean probability of the chosen class: {share:.0%}", share=cover.mean_confidence),
        ),
        notes=notes,
        credits=(
            tr("Weights {name}, licence {licence}.", name=card.name, licence=card.licence),
            card.provenance,
        ),
    )
