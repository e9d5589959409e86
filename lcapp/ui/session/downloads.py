"""Downloads from the Hub as work in the background, shared by all sessions of the app.

Knows no Streamlit. Nothing here asks the Hub anything before a reader does: the app is silent
until then, and works without a network.
"""

import datetime as dt
import threading
from collections.abc import Callable

from huggingface_hub import constants

from lcapp.errors import BundleError
from lcapp.hub.transport.cache import Fetched, cached
from lcapp.hub.transport.offer import Offer, ask
from lcapp.hub.transport.refusals import HubUnreachable
from lcapp.hub.transport.remote import fetch
from lcapp.hub.transport.transfer import Download
from lcapp.ui.session.tasks import Task, Tasks


class Downloads:
    """What is being fetched and checked, and what came of it.

    Attributes:
        unreachable: When the Hub last gave no answer; None when it answered last.
    """

    def __init__(self) -> None:
        self.unreachable: dt.datetime | None = None
        self._tasks: Tasks[str, Download, Fetched] = Tasks()

    def find(self, repo_id: str) -> Task[Download, Fetched] | None:
        """The latest download or check of `owner/name` or `owner/name@revision`."""
        return self._tasks.find(repo_id)

    def running(self) -> tuple[str, ...]:
        """Ids under way."""
        return self._tasks.running()

    def start(self, repo_id: str) -> Task[Download, Fetched]:
        """Fetch weights; what an earlier try left is used."""

        def work(tell: Callable[[Download], None], cancel: threading.Event) -> Fetched:
            try:
                found = fetch(repo_id, on_progress=tell, cancel=cancel)
            except HubUnreachable:
                self._heard(False)
                raise
            if found.downloaded or not found.confirmed:
                self._heard(found.confirmed)
            return found

        return self._tasks.start(repo_id, work, again=True)

    def check(self, repo_id: str) -> Task[Download, Fetched]:
        """Compute the checksum of what is on disk, without asking the Hub."""

        def work(tell: Callable[[Download], None], cancel: threading.Event) -> Fetched:
            found = cached(repo_id)
            if found is None:
                raise BundleError("is not on this computer any more", where=repo_id)
            return found

        return self._tasks.start(repo_id, work, again=True)

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
