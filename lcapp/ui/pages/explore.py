"""Explore: choose a patch, run a model, look at the map, ask a pixel."""

import io
import tempfile
import zipfile
from pathlib import Path

import streamlit as st

from lcapp.errors import LcappError
from lcapp.evaluate import class_areas
from lcapp.pipeline import Prediction, save
from lcapp.types import Scene
from lcapp.ui import cache, controls
from lcapp.ui.component import show_map
from lcapp.ui.state import change, view
from lcapp.views import charts, imagery
from lcapp.views.frames import month_figure
from lcapp.views.map import Overlay, corners, map_options, pixel_at

_UNTRAINED = (
    "**These weights are random initial weights, not trained.** The map shows that the whole "
    "chain runs; its classes and its super-resolved images mean nothing yet."
)
_DETAILS = ("Pixel", "Months", "Run")


def page() -> None:
    """Draw the page."""
    st.title("Explore a patch", anchor=False)
    try:
        chosen = controls.choose_scene()
        scene = cache.scene(chosen.collection, chosen.scene)
        prediction = controls.run_panel(chosen)
    except LcappError as error:
        st.error(f"{error}", icon=":material/error:")
        return
    if scene.simulated:
        st.info(
            "This scene is **simulated**: no such place exists. Its truth is known, which makes "
            "it good for teaching and testing.",
            icon=":material/science:",
        )
    if prediction is not None and not prediction.record.trained:
        st.warning(_UNTRAINED, icon=":material/warning:")
    left, right = st.columns([3, 1], gap="medium")
    with right:
        look = _look_controls(scene, prediction)
    with left:
        _map(scene, prediction, look)
    with right:
        _legend(scene, prediction, look)
    if prediction is None:
        st.caption("Run the model to see its class map, the super-resolved year and the pixel.")
        return
    detail = st.segmented_control(
        "Details", _DETAILS, default=_DETAILS[0], key="explore_detail", label_visibility="collapsed"
    )
    if detail == "Months":
        _months(scene, prediction)
    elif detail == "Run":
        _run(prediction)
    else:
        _pixel(scene, prediction, bool(look["safe"]))


def _look_controls(scene: Scene, prediction: Prediction | None) -> dict[str, object]:
    """What the map shows: one overlay over one background."""
    background = st.selectbox("Aerial image", list(imagery.COMPOSITES), key="explore_background")
    overlays = ["none"]
    if scene.reference is not None:
        overlays.append("reference")
    if prediction is not None:
        overlays = ["class map", "super-resolved month", "confidence", *overlays]
    # The key carries what is on offer: a run brings its class map to the front.
    overlay = st.selectbox("Over it", overlays, key=f"explore_overlay_{len(overlays)}")
    opacity = st.slider("Opacity", 0.0, 1.0, 0.6, 0.05, key="explore_opacity")
    safe = st.toggle(
        "Colours for colour-blind readers", key="explore_safe", help="Same classes, other palette"
    )
    french = st.toggle("Noms français", key="explore_french")
    return {
        "background": background,
        "overlay": overlay,
        "opacity": opacity,
        "safe": safe,
        "french": french,
    }


def _map(scene: Scene, prediction: Prediction | None, look: dict[str, object]) -> None:
    safe, chosen = bool(look["safe"]), look["overlay"]
    aerial = imagery.aerial_rgba(scene.aerial, str(look["background"]))
    overlays = [Overlay("aerial", aerial, scene.aerial.grid)]
    opacity = float(str(look["opacity"]))
    if chosen == "reference" and scene.reference is not None:
        labels = imagery.classes_rgba(scene.reference.labels, scene.reference.table, safe)
        overlays.append(Overlay("overlay", labels, scene.aerial.grid, opacity))
    elif prediction is not None and chosen == "class map":
        cover = prediction.land_cover
        classes = imagery.classes_rgba(cover.class_map, cover.table, safe)
        overlays.append(Overlay("overlay", classes, cover.grid, opacity))
    elif prediction is not None and chosen == "confidence":
        cover = prediction.land_cover
        sure = imagery.confidence_rgba(cover.confidence)
        overlays.append(Overlay("overlay", sure, cover.grid, opacity))
    elif prediction is not None and chosen == "super-resolved month":
        sr = prediction.super_resolved
        month = _month_choice(prediction, "explore_map_month")
        pixels = imagery.series_rgba(sr.reflectance[month - 1], sr.bands, str(look["background"]))
        overlays.append(Overlay("overlay", pixels, sr.sr_grid, opacity))
    current = view()
    marker = None
    if current.row >= 0:
        marker = _place(scene, current.row, current.col)
    with st.spinner("Drawing the map"):
        options = map_options(overlays, scene.aerial.grid)
    clicked = show_map(
        options, focus=f"{current.collection}/{scene.id}", marker=marker, key="explore_map"
    )
    if clicked is not None:
        pixel = pixel_at(scene.aerial.grid, *clicked)
        if pixel is not None and pixel != (current.row, current.col):
            change(row=pixel[0], col=pixel[1])
            st.rerun()


def _place(scene: Scene, row: int, col: int) -> tuple[float, float]:
    """Longitude and latitude of a pixel's centre: the corner of the grid that begins half in."""
    grid = scene.aerial.grid
    upper_left, _, lower_right, _ = corners(grid)
    down, right = (row + 0.5) / grid.height, (col + 0.5) / grid.width
    return (
        upper_left[0] + right * (lower_right[0] - upper_left[0]),
        upper_left[1] + down * (lower_right[1] - upper_left[1]),
    )


def _legend(scene: Scene, prediction: Prediction | None, look: dict[str, object]) -> None:
    if prediction is None:
        return
    st.html(
        charts.legend_html(
            class_areas(prediction.land_cover),
            prediction.land_cover.table,
            safe=bool(look["safe"]),
            french=bool(look["french"]),
        )
    )


def _pixel(scene: Scene, prediction: Prediction, safe: bool) -> None:
    current = view()
    grid = scene.aerial.grid
    if not (0 <= current.row < grid.height and 0 <= current.col < grid.width):
        st.info("Click the map to ask a pixel.", icon=":material/ads_click:")
        return
    left, right = st.columns(2, gap="medium")
    cover = prediction.land_cover
    left.plotly_chart(
        charts.probabilities_figure(cover, current.row, current.col, safe),
        key="explore_probabilities",
    )
    right.plotly_chart(
        charts.year_figure(prediction.super_resolved, current.row, current.col, grid.gsd),
        key="explore_year",
    )


def _month_choice(prediction: Prediction, key: str) -> int:
    """Choose among the present months; the choice is shared by the page and the URL."""
    months = prediction.super_resolved.months
    present = [month.month for month in months if month.present]
    current = view().month
    index = present.index(current) if current in present else 0
    chosen = st.segmented_control(
        "Month",
        present,
        default=present[index],
        format_func=lambda month: charts.month_label(months[month - 1]),
        key=key,
    )
    month = int(chosen) if chosen else present[index]
    if month != current:
        change(month=month)
    return month


def _months(scene: Scene, prediction: Prediction) -> None:
    sr = prediction.super_resolved
    month = _month_choice(prediction, "explore_frame_month")
    composite = str(st.session_state.get("explore_background", "true colour"))
    st.plotly_chart(month_figure(sr, month, scene.aerial, composite), key="explore_frames")
    described = sr.months[month - 1]
    st.caption(
        f"{described.date}: mean of {described.used} of {described.acquisitions} acquisitions, "
        f"cover {described.cover_percent:.1f} %. LR consistency "
        f"{sr.lr_consistency[month - 1]:.4f} reflectance; "
        f"{sr.clamped[month - 1]:.0%} of the values at the bound of the residual. "
        f"Stretch of the three Sentinel-2 panels: {imagery.STRETCH}."
    )
    absent = [one for one in sr.months if not one.present]
    if absent:
        st.markdown(
            "**Absent months** "
            + "; ".join(f"{charts.MONTH_NAMES[one.month - 1]}: {one.reason}" for one in absent)
        )
    for one in sr.months:
        if one.present and one.reason:
            st.warning(f"{charts.MONTH_NAMES[one.month - 1]}: {one.reason}")


def _run(prediction: Prediction) -> None:
    record = prediction.record
    consistency = [value for value in prediction.super_resolved.lr_consistency if value == value]
    figures = st.columns(4)
    figures[0].metric("Time", f"{record.seconds['total']:.1f} s")
    figures[1].metric("Peak memory", f"{record.peak_memory_mb:.0f} MB")
    figures[2].metric("Denoiser evaluations", record.denoiser_evaluations)
    figures[3].metric("LR consistency", f"{sum(consistency) / len(consistency):.4f}")
    st.caption(
        f"Bundle {record.bundle} ({record.bundle_hash}), {record.sampler}, {record.steps} steps, "
        f"seed {record.seed}, on {record.device}, {record.micro_batch} months at a time."
    )
    for note in record.notes:
        st.markdown(f"- {note}")
    st.download_button(
        "Download the four files (zip)",
        data=lambda: _zipped(prediction),
        file_name=f"{record.scene.replace('/', '_')}.zip",
        mime="application/zip",
        icon=":material/download:",
        key="explore_download",
    )


def _zipped(prediction: Prediction) -> bytes:
    """The files that `python -m lcapp predict` writes, in one archive."""
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w") as archive:
        for name, path in save(prediction, Path(folder)).items():
            archive.write(path, name)
    return buffer.getvalue()
