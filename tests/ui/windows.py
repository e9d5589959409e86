"""What tests in a browser share: the browser, which has no network but this machine's own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlparse

from playwright.sync_api import Browser, Page, sync_playwright

HERE = ("127.0.0.1", "localhost")
MINUTES = 60_000
FLAGS = (
    "--no-sandbox",
    # MapLibre draws with WebGL: in software, for machines without a graphics card.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # The browser's own curiosity is not the app's.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # No name but this machine's can be found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium where there is one, else Playwright's own."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


def opened(browser: Browser, address: str, width: int = 1600, height: int = 1000) -> Page:
    """A window on that address."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(4 * MINUTES)
    page.goto(address)
    return page


def outside(urls: list[str]) -> list[str]:
    """Those that lead to another machine."""
    return [
        url
        for url in urls
        if urlparse(url).scheme not in ("data", "blob", "about")
        and urlparse(url).hostname not in HERE
    ]
