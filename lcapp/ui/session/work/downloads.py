"""Downloads from the Hub as work in the background, shared by all sessions of the app.

Knows no Streamlit. Nothing here asks the Hub anything before a reader does: the app is silent
until then, and works without a network.
"""

import datetime as dt
import threading

from huggingface_hub import constants

from lcapp.errors import BundleError
from lcapp.families.door import fetch
from lcapp.hub.transport.cache import Fetched, cached
from lcapp.hub.transport.offer import Offer, ask
from lcapp.hub.transport.refusals import HubUnreachable
from lcapp.hub.transport.repository import megabytes
from lcapp.language import message, number, tr
from lcapp.types import Progress
from lcapp.ui.session.work.tasks import Kind, Task, Tasks, Tell


def _told(now: Progress) -> str:
    if now.done >= now.total:
        return tr("{size}, computing the checksum", size=megabytes(now.total))
    return tr("{done} of {size}", done=number(now.done / 1e6, ",.1f"), size=megabytes(now.total))


DOWNLOAD: Kind[str, Fetched] = Kind(
    name=message("download"),
    computes=False,
    kept=32,
    begins=message("Asking the Hub, or reading the file"),
    told=_told,
    cancelled=message("Cancelled. What was fetched is kept: the next download goes on from there."),
)


class Downloads:
    """What is being fetched and checked, and what came of it.

    Args:
        tasks: Those of the process.

    Attributes:
        unreachable: When the Hub last gave no answer; None when it answered last.
    """

    def __init__(self, tasks: Tasks) -> None:
        self.unreachable: dt.datetime | None = None
        self._tasks = tasks

    def find(self, repo_id: str) -> Task[Fetched] | None:
        """The latest download or check of `owner/name` or `owner/name@revision`."""
        return self._tasks.find(DOWNLOAD, repo_id)

    def running(self) -> int:
        """How many are under way."""
        return sum(task.state == "running" for _, task in self._tasks.all(DOWNLOAD))

    def start(self, repo_id: str) -> Task[Fetched]:
        """Fetch weights; what an earlier try left is used."""

        def work(tell: Tell, cancel: threading.Event) -> Fetched:
            try:
                found = fetch(repo_id, on_progress=tell, cancel=cancel)
            except HubUnreachable:
                self._heard(False)
                raise
            if found.downloaded or not found.confirmed:
                self._heard(found.confirmed)
            return found

        return self._tasks.start(DOWNLOAD, repo_id, work, again=True)

    def check(self, repo_id: str) -> Task[Fetched]:
        """Compute the checksum of what is on disk, without asking the Hub."""

        def work(tell: Tell, cancel: threading.Event) -> Fetched:
            found = cached(repo_id)
            if found is None:
                raise BundleError("is not on this computer any more", where=repo_id)
            return found

        return self._tasks.start(DOWNLOAD, repo_id, work, again=True)

    def ask(self, repo_id: str) -> Offer:
        """What a download would bring.

        Raises:
            BundleError: As `offer.ask`.
        """
        try:
            offer = ask(repo_id)
        except HubUnreachable:
            self._heard(False)
            raise
        self._heard(True)
        return offer

    def _heard(self, answered: bool) -> None:
        self.unreachable = None if answered else dt.datetime.now()


def offline_mode() -> bool:
    """Whether huggingface_hub has been told to ask nobody (HF_HUB_OFFLINE)."""
    return bool(constants.HF_HUB_OFFLINE)


def hub_address() -> str:
    """Where the Hub is: the usual one, or HF_ENDPOINT."""
    return str(constants.ENDPOINT)
