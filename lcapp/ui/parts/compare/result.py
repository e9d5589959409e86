"""What two runs found, in figures and tables: areas, IoU, confusion, and how they were made."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lcapp.evaluate.areas import class_areas
from lcapp.language import message, tr
from lcapp.types import Scene
from lcapp.types.differing import Differing, Judged
from lcapp.ui.parts.chart import chart
from lcapp.ui.session import pair, state
from lcapp.ui.session.state import Keys
from lcapp.views.compare.figure import confusion_figure, iou_figure
from lcapp.views.compare.side import Side, titles
from lcapp.views.compare.table import areas_csv, areas_html, rows, rows_csv, rows_html
from lcapp.views.compare.words import table_told

_IOU = message(
    "Intersection over union: the pixels that map and reference both give a class, over those that "
    "at least one of them gives it. mIoU is its mean over the classes that occur."
)


def areas(scene: Scene, sides: Sequence[Side], found: Differing | None, keys: Keys) -> None:
    """The classes with share and area on each map: in one table where they have classes in common.

    Args:
        scene: For the names of files.
        sides: The runs that have a result.
        found: Their maps compared, if they can be.
        keys: Of the page.
    """
    st.markdown("#### " + tr("Classes"))
    tables = [(one.cover.table, [class_areas(one.cover)], one.letter) for one in sides]
    if found is not None:
        tables = [(found.table, list(found.areas), "AB")]
    safe = bool(state.current().safe)
    for table, of, letters in tables:
        st.html(areas_html(of, table, letters, safe))
        _csv(
            tr("Areas (CSV)"),
            areas_csv(of, table, letters),
            f"{_place(scene)}_areas_{letters}.csv",
            keys(f"areas_{letters}"),
        )


def how_right(
    scene: Scene, sides: Sequence[Side], found: Differing | None, key: Any, keys: Keys
) -> tuple[Judged | None, ...]:
    """The IoU of each class, where there is a reference.

    Args:
        scene: With its references.
        sides: The runs that have a result.
        found: Their maps compared, if they can be.
        key: Of what is shown of the runs.
        keys: Of the page.

    Returns:
        Each map beside its reference.
    """
    if found is not None:
        judged: tuple[Judged | None, ...] = found.judged or (None, None)
    else:
        judged = tuple(pair.judged(scene, one, of[:2]) for one, of in zip(sides, key, strict=True))
    st.markdown("#### " + tr("Agreement with the reference"), help=tr(_IOU))
    named = titles(sides)
    known = [(one, name) for one, name in zip(judged, named, strict=True) if one is not None]
    if not known:
        st.caption(tr("This place has no reference in these classes: nobody knows which is right."))
        return judged
    together = [known] if found is not None else [[one] for one in known]
    for drawn in together:
        figure = iou_figure([one for one, _ in drawn], [name for _, name in drawn])
        chart(figure, keys(f"iou_{drawn[0][1][0]}"))
    st.caption(
        tr("One scene tells how the two do here, and not which model is better: see Evaluate.")
    )
    return judged


def confusion(
    sides: Sequence[Side], found: Differing | None, judged: Sequence[Judged | None], keys: Keys
) -> None:
    """One of the confusion matrices: A against B, and each against the reference.

    Args:
        sides: The runs that have a result.
        found: Their maps compared, if they can be.
        judged: Each beside its reference.
        keys: Of the page.
    """
    reference, offered = tr("reference"), {}
    if found is not None:
        offered[tr("A against B")] = (found.matrix, found.table, "A", "B")
    for one, of in zip(sides, judged, strict=True):
        if of is not None:
            label = tr("Reference against {letter}", letter=one.letter)
            offered[label] = (of.matrix, of.table, reference, one.letter)
    if not offered:
        return
    st.markdown(
        "#### " + tr("Which class became which"),
        help=tr(
            "A confusion matrix: of the pixels that the row gives a class, how many per cent "
            "the column gives each class. On the diagonal the two agree."
        ),
    )
    held = st.session_state.get(keys("confusion"))
    key = keys.holding("confusion", next(iter(offered)), held not in offered)
    chosen = st.segmented_control(
        tr("Confusion matrix"), list(offered), key=key, required=True, label_visibility="collapsed"
    )
    matrix, table, down, across = offered[chosen or next(iter(offered))]
    figure = confusion_figure(matrix, table, down, across)
    chart(figure, keys("confusion_figure"))
    st.caption(
        tr(
            "Rows: {down}; columns: {across}. Per cent of the pixels of a row; the classes of "
            "{table} that occur.",
            down=down,
            across=across,
            table=table_told(table),
        )
    )


def how_made(
    scene: Scene, sides: Sequence[Side], judged: Sequence[Judged | None], keys: Keys
) -> None:
    """Settings, parameters, time and memory of the runs.

    Args:
        scene: For the names of files.
        sides: The runs that have a result.
        judged: Each beside its reference.
        keys: Of the page.
    """
    st.markdown("#### " + tr("How they were made"))
    letters = "".join(one.letter for one in sides)
    told = rows(sides, judged)
    st.html(rows_html(told, letters))
    _csv(
        tr("Settings and figures (CSV)"),
        rows_csv(told, letters),
        f"{_place(scene)}_runs_{letters}.csv",
        keys("rows"),
    )
    st.caption(
        tr(
            "Time is that of the run without reading the weights; peak memory is that of the whole "
            "process while it ran, on a GPU of the GPU alone."
        )
    )


def _csv(label: str, text: str, name: str, key: str) -> None:
    st.download_button(
        label,
        data=text,
        file_name=name,
        mime="text/csv",
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def _place(scene: Scene) -> str:
    return scene.id.replace("/", "_")
