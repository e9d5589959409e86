"""Servers on this machine for whatever test asks for them; they start once for all."""

import os
import socket

import pytest


@pytest.fixture
def nobody_else(monkeypatch):
    """A request to another machine fails the test."""
    connect = socket.socket.connect

    def checked(self, address):
        assert not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost"), (
            f"{address} is asked"
        )
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", checked)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def _servers(tmp_path_factory):
    from tests.scene.services.servers import have_mapserver, running

    if not have_mapserver():
        pytest.skip("needs MapServer's mapserv (Debian: cgi-mapserver)")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with running(shared, tmp_path_factory.mktemp("own")) as server:
        yield server


def _ready(server, folder, patch, **changed):
    from lcapp.scene.services.protocols import transport
    from tests.scene.services.servers import services_toml

    server.clear()
    (folder / "services.toml").write_text(services_toml(server, **changed))
    patch.setenv("LCAPP_SERVICES", str(folder / "services.toml"))
    patch.setenv("LCAPP_CACHE", str(folder / "cache"))
    patch.setattr(transport, "WAITS", (0.01, 0.02, 0.03))
    return server


@pytest.fixture
def server(_servers, tmp_path, monkeypatch, nobody_else):
    """The servers, as good as new, and a cache that is empty."""
    return _ready(_servers, tmp_path, monkeypatch)


@pytest.fixture(scope="session")
def fetched(_servers, tmp_path_factory):
    """The scene of the place, fetched once; what was asked for it; the folder of its cache."""
    from lcapp.scene.collection import open_collection
    from tests.scene.services.servers import SOURCE

    folder = tmp_path_factory.mktemp("fetched")
    with pytest.MonkeyPatch.context() as patch:
        _ready(_servers, folder, patch, largest="300")  # four sheets
        place = open_collection(SOURCE)
        scene = place.scene(place.ids[0])
        return scene, tuple(_servers.log), folder / "cache"
