"""Handing over files of one's own: an aerial image, with its series or with one that is fetched."""

import datetime as dt
import threading
from pathlib import Path

import streamlit as st

from lcapp.errors import LcappError
from lcapp.language import message, tr
from lcapp.scene.own.upload import ENDINGS, MOST_BYTES, Upload, place_of
from lcapp.scene.pairs import Pairs
from lcapp.scene.services.fetch import fetch_year
from lcapp.sensors import SENTINEL2
from lcapp.ui.parts.choice.place_fetch import told
from lcapp.ui.parts.plain import refusal
from lcapp.ui.parts.task import outcome, progress
from lcapp.ui.session import cache
from lcapp.ui.session.state import UPLOAD, Keys
from lcapp.ui.session.work import uploads
from lcapp.ui.session.work.tasks import Kind, Tell

_MOST_MB = MOST_BYTES // 2**20

FETCH_YEAR: Kind[str, Path] = Kind(
    name=message("fetch"),
    computes=False,
    kept=8,
    begins=message("Asking the services"),
    told=told,
    cancelled=message("Cancelled. What was fetched is kept: the next fetch goes on from there."),
)


def choose_upload(keys: Keys) -> str:
    """Files that the session has been handed; until there are any the page ends here.

    Args:
        keys: Of the page.
    """
    aerial = st.file_uploader(
        tr("Aerial image at 0.2 m"),
        type=list(ENDINGS["aerial"]),
        key=keys("own_aerial"),
        max_upload_size=_MOST_MB,
    )
    series = st.file_uploader(
        tr("Its Sentinel-2 series, if there is one"),
        type=list(ENDINGS["series"]),
        key=keys("own_series"),
        max_upload_size=_MOST_MB,
        help=tr(
            "An array (.npy), a GeoTIFF whose bands are described by day and band, or a zip: bands "
            "of SAFE folders, or a GeoTIFF for each day, with the day in its name."
        ),
    )
    kind = "" if series is None else series.name.rpartition(".")[2].lower()
    dates = ""
    if kind and kind != "zip":
        dates = st.text_area(
            tr("Its dates, one a line, where the file does not tell them"), key=keys("own_dates")
        )
    if st.button(tr("Use these files"), key=keys("own_use"), disabled=aerial is None):
        assert aerial is not None
        try:
            uploads.started().take(aerial, series, kind, dates)
        except LcappError as error:
            refusal(error)
            st.stop()
    try:
        upload = uploads.current()
        collection = Pairs(str(upload.folder))
    except LcappError:
        collection = None
    if collection is None or not collection.ids:
        st.info(
            tr("The files are looked at before anything is computed, and removed with the session.")
        )
        st.stop()
    if SENTINEL2 not in collection.header(collection.ids[0]).holds:
        _offer_year(upload, collection, keys)
    return UPLOAD


def _offer_year(upload: Upload, collection: Pairs, keys: Keys) -> None:
    """The series of the image's place, where a service has it."""
    last = dt.date.today().year - 1
    year = int(
        st.number_input(tr("Year of the series"), 2016, last + 1, last, key=keys("own_year"))
    )
    try:
        place = place_of(collection.header(collection.ids[0]).grid, year)
    except LcappError as error:
        st.caption(tr("No series can be fetched for it:"))
        refusal(error)
        return
    task = cache.tasks().find(FETCH_YEAR, place.text)
    if task is not None and task.state == "running":
        progress(task, keys("own_stop"))
        return
    if task is not None and task.result is not None and task.result.exists():
        upload.add_year(task.result)
        return
    outcome(task)

    def work(tell: Tell, cancel: threading.Event) -> Path:
        return fetch_year(place, on_progress=tell, cancel=cancel)

    label = tr(
        "Fetch the series of its place, about {megabytes:.0f} MB",
        megabytes=place.expected_bytes(aerial=False) / 1e6,
    )
    if st.button(label, key=keys("own_fetch")):
        cache.tasks().start(FETCH_YEAR, place.text, work, again=True)
        st.rerun()
