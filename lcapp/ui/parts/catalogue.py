"""The catalogue's rows: what a model is, what of it is on disk, and the button that fetches it."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lcapp.errors import LcappError
from lcapp.families.flairhub.known import KnownModel
from lcapp.hub.transport.cache import Fetched, OnDisk, state_on_disk
from lcapp.hub.transport.offer import Offer
from lcapp.hub.transport.repository import megabytes
from lcapp.hub.transport.transfer import Download
from lcapp.sensors import AERIAL, ELEVATION, SENTINEL1_ASC, SENTINEL1_DESC, SENTINEL2, SPOT
from lcapp.ui.session import cache
from lcapp.ui.session.downloads import offline_mode
from lcapp.ui.session.tasks import Task

_WIDTHS = (7.6, 2.4)

_INPUTS = {
    AERIAL: "aerial image",
    ELEVATION: "elevation",
    SPOT: "SPOT",
    SENTINEL2: "Sentinel-2 series",
    SENTINEL1_ASC: "Sentinel-1 ascending",
    SENTINEL1_DESC: "Sentinel-1 descending",
}
_BANDS = {"nir": "near infrared"}


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        name: Bold.
        note: Under the name.
        cells: One per further column, `""` where there is nothing to say.
    """

    name: str
    note: str
    cells: tuple[str, ...]


def header(columns: Sequence[str]) -> None:
    """The line above the rows; the first column is the name's."""
    left, right = st.columns(_WIDTHS, vertical_alignment="bottom")
    cells = "".join(f"<span>{html.escape(one)}</span>" for one in columns)
    left.html(f"{_STYLE}<div class='lc-row lc-head'>{cells}</div>")
    right.html("<div class='lc-head'>On this computer</div>")


def known_row(one: KnownModel, on_disk: OnDisk) -> None:
    """A known model and what can be done with it."""
    _line(
        Row(
            one.id.removeprefix("IGNF/FLAIR-HUB_"),
            described(one) + ("" if one.listed else " · id not confirmed by its owner's list"),
            (
                f"{one.parameters:,.1f} M",
                f"{one.megabytes:,.0f} MB",
                "" if one.miou is None else f"{one.miou:.1f} %",
                "" if one.accuracy is None else f"{one.accuracy:.1f} %",
                "" if one.source is None else one.source.rpartition(" ")[2],
            ),
        ),
        one.id,
        on_disk,
        one.megabytes * 1e6,
    )


def bundle_row(row: Row, repo_id: str | None, size: int) -> None:
    """A bundle that is on disk; `repo_id` where it came from the Hub."""
    if repo_id is not None:
        _line(row, repo_id, OnDisk(True, size), size)
        return
    left, right = st.columns(_WIDTHS, vertical_alignment="center")
    left.html(_html(row))
    right.badge(f"in weights/ · {megabytes(size)}", icon=":material/hard_drive:", color="green")


def offer_row(offer: Offer, key: str) -> None:
    """What the Hub has under an id that was typed in."""
    files = " + ".join(one.name for one in offer.files)
    # Of this commit, and now: the offer says how it was when the Hub was asked.
    on_disk = state_on_disk(offer.repo_id, offer.commit)
    row = Row(
        key,
        f"{files} · commit {offer.commit[:12]} · licence {offer.licence or 'not stated'}",
        (megabytes(offer.bytes),),
    )
    _line(row, key, on_disk, offer.bytes)


def described(one: KnownModel) -> str:
    """The inputs in words."""
    bands = ", ".join(_BANDS.get(band, band) for band in one.aerial_bands)
    names = [_INPUTS[name] for name in one.inputs]
    return ", ".join(f"{name} ({bands})" if name == "aerial image" else name for name in names)


def outcome(repo_id: str) -> None:
    """What came of the latest download or check, below its row."""
    task = cache.downloads().find(repo_id)
    if task is None or task.state == "running":
        return
    if task.result is not None:
        _fetched(task.result)
    elif task.state == "cancelled":
        st.info("Cancelled. What was fetched is kept: the next download goes on from there.")
    elif isinstance(task.error, LcappError):
        st.error(str(task.error), icon=":material/error:")
    elif task.error is not None:
        st.error(
            "The download ended with an error that lcapp did not foresee. Please report it with "
            "what stands below.",
            icon=":material/error:",
        )
        st.exception(task.error)


def _line(row: Row, repo_id: str, on_disk: OnDisk, size: float) -> None:
    left, right = st.columns(_WIDTHS, vertical_alignment="center")
    left.html(_html(row))
    task = cache.downloads().find(repo_id)
    with right:
        if task is not None and task.state == "running":
            # Only while it lasts does the page ask twice a second.
            st.fragment(_progress, run_every=0.5)(task, repo_id)
        elif on_disk.cached:
            _on_disk(repo_id, on_disk)
        else:
            _to_fetch(repo_id, on_disk, size)
    outcome(repo_id)


def _on_disk(repo_id: str, on_disk: OnDisk) -> None:
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    line.badge(megabytes(on_disk.bytes), icon=":material/hard_drive:", color="green")
    if line.button(
        "Check",
        key=f"models_check_{repo_id}",
        icon=":material/fact_check:",
        type="tertiary",
        help="Computes the checksum of the file; asks nobody.",
    ):
        cache.downloads().check(repo_id)
        st.rerun()


def _to_fetch(repo_id: str, on_disk: OnDisk, size: float) -> None:
    missing = f"{max(0.0, size - on_disk.bytes) / 1e6:,.0f} MB"
    if st.button(
        f"Go on, {missing} left" if on_disk.bytes else f"Download {missing}",
        key=f"models_download_{repo_id}",
        icon=":material/download:",
        disabled=offline_mode(),
        help="An earlier download was not finished; its bytes are kept." if on_disk.bytes else None,
        width="stretch",
    ):
        cache.downloads().start(repo_id)
        st.rerun()


def _progress(task: Task[Download, Fetched], repo_id: str) -> None:
    if task.state != "running":
        st.rerun()
    bar, button = st.columns([4, 1], vertical_alignment="center", gap="small")
    now = task.progress
    share = 0.0 if now is None else min(1.0, now.done / max(1, now.total))
    bar.progress(share, text=told(now))
    if button.button(
        "",
        key=f"models_cancel_{repo_id}",
        icon=":material/stop_circle:",
        help="Cancel; what was fetched is kept",
    ):
        task.cancel.set()
        st.rerun()


def told(now: Download | None) -> str:
    """How far a download is, in words."""
    if now is None:
        return "Asking the Hub, or reading the file"
    if now.done >= now.total:
        return f"{megabytes(now.total)}, computing the checksum"
    left = "" if now.seconds_left is None else f", {_duration(now.seconds_left)} left"
    return f"{now.done / 1e6:,.1f} of {megabytes(now.total)}{left}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _fetched(found: Fetched) -> None:
    how = f"{megabytes(found.downloaded)} fetched" if found.downloaded else "On disk and whole"
    offline = "" if found.confirmed else "; the Hub was not asked for a newer one"
    facts = {"commit": found.commit, "sha256": found.sha256, "file": str(found.weights)}
    rows = "".join(
        f"<span>{name}</span><code>{html.escape(value)}</code>" for name, value in facts.items()
    )
    st.html(f"<div class='lc-facts'><span>✓</span><b>{how}{offline}</b>{rows}</div>")


def _html(row: Row) -> str:
    cells = "".join(f"<span>{html.escape(one) or '–'}</span>" for one in row.cells)
    name = f"<b>{html.escape(row.name)}</b><small>{html.escape(row.note)}</small>"
    return f"<div class='lc-row'><span>{name}</span>{cells}</div>"


_STYLE = """<style>
.lc-row { display: grid; grid-auto-flow: column; align-items: center; column-gap: .7rem;
  grid-template-columns: minmax(0, 1fr); grid-auto-columns: 4.6rem; font-size: .95rem;
  font-variant-numeric: tabular-nums; line-height: 1.3; }
.lc-row > span { text-align: right; }
.lc-row > span:first-child { text-align: left; overflow-wrap: anywhere; }
.lc-row b { display: block; font-weight: 600; }
.lc-row small { display: block; opacity: .72; font-size: .86rem; }
.lc-head { font-size: .86rem; font-weight: 600; opacity: .72; }
.lc-facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem;
  font-size: .86rem; padding: .55rem .8rem; background: #eef6f0; border-radius: .5rem; }
.lc-facts span { opacity: .72; }
.lc-facts code { overflow-wrap: anywhere; padding: 0; background: none; color: inherit; }
</style>"""
