"""Services as they are on bad days: each fault is survived, or said in a sentence."""

import errno
import io
import socket
import threading
import time

import numpy as np
import PIL.Image
import pytest
from starlette.responses import Response

from lcapp import files
from lcapp.errors import Cancelled, RunError, SceneError
from lcapp.scene.collection import open_collection
from lcapp.scene.services.fetch import fetch_place
from lcapp.scene.services.here import on_disk
from lcapp.scene.services.place import parse_place
from lcapp.scene.services.protocols import transport
from lcapp.scene.services.protocols.transport import ServiceError, Unreachable
from tests.scene.services import servers
from tests.scene.services.servers import SOURCE, Cut, free_port, services_toml


@pytest.fixture
def place(server):
    return parse_place(SOURCE)


def _png(pixels: np.ndarray) -> Response:
    out = io.BytesIO()
    PIL.Image.fromarray(pixels).save(out, "PNG")
    return Response(out.getvalue(), media_type="image/png")


def test_busy_failing_and_cut_answers_are_asked_for_again(server, place, fetched) -> None:
    server.fail("/wms", Response("wait", 429, headers={"Retry-After": "0"}))
    server.fail("/wms", Response("oops", 500))
    server.fail("/wms", lambda right: Cut(right.body))
    server.fail("/search", Response("oops", 503), times=2)
    server.fail("/search", Response("<html>", media_type="text/html"))
    server.fail("/files/1-WEST-scl", Response("", 502))
    part = {"content-range": "bytes 0-16383/50000"}
    server.fail("/files/1-WEST-red", Cut(bytes(16_384), 206, **part))
    scene = open_collection(SOURCE).scene(place.id)
    assert not server.faults
    np.testing.assert_array_equal(scene.aerial.pixels, fetched[0].aerial.pixels)
    np.testing.assert_array_equal(scene.sentinel2.values, fetched[0].sentinel2.values)


@pytest.mark.parametrize(
    ("away", "why"),
    [
        ("http://127.0.0.1:{port}", "Connection refused"),
        ("http://no-such-host.invalid", "its name is not known here"),
    ],
)
def test_where_there_is_no_way_the_first_try_says_so_and_leaves_nothing(
    server, tmp_path, monkeypatch, away, why
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(transport, "WAITS", (600.0,))  # a second try would be the end of the test
    if "invalid" in away:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    address = away.format(port=free_port())
    (tmp_path / "services.toml").write_text(services_toml(server, address=address))
    with pytest.raises(Unreachable, match=f"{address[7:]} cannot be reached: {why}.*the network"):
        fetch_place(parse_place(SOURCE))
    assert list((tmp_path / "cache" / "places").iterdir()) == []


def test_a_service_that_stays_busy_is_named_with_its_host(server, place) -> None:
    server.fail("/wms", Response("down", 503), times=99)
    host = server.url.removeprefix("http://")
    said = rf"{host} cannot be reached, after 4 tries: it answered 503.*check the network"
    with pytest.raises(Unreachable, match=said):
        fetch_place(place)


def test_what_is_here_needs_no_service(server, monkeypatch, fetched) -> None:
    monkeypatch.setenv("LCAPP_CACHE", str(fetched[2]))
    server.fail("", Response("down", 503), times=99)
    assert fetch_place(parse_place(SOURCE)).bytes == 0


def test_a_service_that_is_silent_is_not_waited_for(server, place, monkeypatch) -> None:
    monkeypatch.setattr(transport, "SECONDS", 0.1)
    server.delay = 0.5
    with pytest.raises(Unreachable, match="timed out"):
        fetch_place(place, series=False)


def test_a_service_that_asks_to_wait_too_long_is_not_waited_for(server, place) -> None:
    server.fail("/wms", Response("", 429, headers={"Retry-After": "3600"}))
    with pytest.raises(ServiceError, match="asks to wait 3600 s; try later"):
        fetch_place(place, series=False)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            Response("<Exception>Layer <b>RGB</b> is not\n known</Exception>"),
            "answers text in place of an image: Layer RGB is not known",
        ),
        (lambda right: Response(right.body[:2000], media_type="image/png"), "no whole image"),
        (_png(np.zeros((10, 10, 3), np.uint8)), r"answers \(10, 10\) pixels in place of"),
    ],
)
def test_an_answer_that_is_no_image_is_none_whatever_its_status(server, place, answer, said):
    server.fail("/wms?SERVICE=WMS", answer, times=99)
    with pytest.raises(ServiceError, match=said):
        fetch_place(place, series=False)


def _written(right: Response) -> Response:
    side = PIL.Image.open(io.BytesIO(right.body)).size
    image = PIL.Image.new("RGB", side, "white")
    image.paste("black", (10, 10, 60, 20))
    return _png(np.asarray(image))


def test_an_error_that_is_written_on_an_image_is_no_land(server, place) -> None:
    server.fail("/wms?SERVICE=WMS", _written, times=99)
    with pytest.raises(ServiceError, match="an image of 2 colours, such as a written error"):
        fetch_place(place, series=False)


@pytest.mark.parametrize("colour", [(0, 0, 0, 0), (255, 255, 255, 255)])
def test_an_empty_image_as_at_sea_is_none(server, place, colour) -> None:
    def empty(right: Response) -> Response:
        side = PIL.Image.open(io.BytesIO(right.body)).size
        return _png(np.asarray(PIL.Image.new("RGBA", side, colour)))

    server.fail("/wms?SERVICE=WMS", empty, times=99)
    with pytest.raises(ServiceError, match="local WMS: has no image there; name a place on land"):
        fetch_place(place, series=False)


def test_the_part_of_a_place_without_an_image_has_no_class(server, tmp_path) -> None:
    (tmp_path / "services.toml").write_text(services_toml(server, largest="300"))

    def empty(right: Response) -> Response:
        return _png(np.asarray(PIL.Image.new("RGBA", (256, 256), (0, 0, 0, 0))))

    server.fail("/wms?SERVICE=WMS", empty)
    source = open_collection(SOURCE)
    scene = source.scene(source.ids[0], ["AERIAL_RGBI"])
    assert scene.seen.mean() == pytest.approx(0.75)
    assert scene.aerial.bands == ("red", "green", "blue", "nir")


def test_a_place_where_the_catalogue_has_nothing_is_said(server) -> None:
    with pytest.raises(ServiceError, match="local STAC: has no acquisition of 2018 there"):
        fetch_place(parse_place(f"{SOURCE},year=2018"))


def test_a_file_in_another_crs_than_its_item_tells_is_refused(server, place) -> None:
    values = np.full((128, 128), 4, np.uint8)
    path = server.own / "1-WEST-scl.tif"
    servers.write_cog(path, values, servers.tile_left("WEST"), "EPSG:32632")
    with pytest.raises(ServiceError, match=r"scl of .* is in EPSG:32632; expected EPSG:32631"):
        fetch_place(place)


def test_a_server_of_whole_files_alone_is_told_at_once(server, place) -> None:
    server.fail("/files/", Response(b"x" * 100), times=99)
    with pytest.raises(ServiceError, match="does not give parts of files"):
        fetch_place(place)


def test_hosts_that_no_service_names_are_not_asked(server, tmp_path) -> None:
    (tmp_path / "services.toml").write_text(services_toml(server, hosts="elsewhere.example"))
    server.fail("/wms", Response("", 302, headers={"Location": "http://192.0.2.1/"}), times=1)
    with pytest.raises(ServiceError, match=r"leads to the host 192\.0\.2\.1, which no declared"):
        fetch_place(parse_place(SOURCE), series=False)


def test_a_full_disk_leaves_nothing_half_written_and_what_came_is_kept(
    server, place, monkeypatch
) -> None:
    writes = []
    fsync = files.os.fsync

    def full(descriptor: int) -> None:
        writes.append(descriptor)
        if len(writes) > 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(RunError, match="no space to write it"):
        fetch_place(place)
    assert on_disk(place) is None
    monkeypatch.setattr(files.os, "fsync", fsync)
    asked = server.asked("/wms")
    assert fetch_place(place).bytes > 0
    assert server.asked("/wms") == asked  # the image was whole


def test_a_fetch_that_is_stopped_goes_on_with_what_is_missing(server, place, fetched) -> None:
    cancel, told = threading.Event(), []

    def stop(progress) -> None:
        told.append(progress)
        if server.asked("/files/1-WEST-red"):
            cancel.set()

    with pytest.raises(Cancelled, match="what was fetched is kept"):
        fetch_place(place, on_progress=stop, cancel=cancel)
    assert [one.done for one in told] == sorted(one.done for one in told)
    first = len(server.log)
    fetch_place(place)
    again = server.log[first:]
    assert not any("scl" in one or "/wms" in one or "/search" in one for one in again)
    assert any("red" in one for one in again)
    scene = open_collection(SOURCE).scene(place.id)
    np.testing.assert_array_equal(scene.sentinel2.values, fetched[0].sentinel2.values)


def test_two_that_want_one_place_fetch_it_once(server, place) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(fetch_place(place, series=False)))
        for _ in range(2)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one.bytes > 0 for one in found) == [False, True]
    assert server.asked("/wms?SERVICE=WMS") == 2


def test_the_cache_has_a_limit_and_loses_what_was_used_least(server, monkeypatch) -> None:
    monkeypatch.setenv("LCAPP_PLACES_MB", "0.7")  # an aerial image has 0.3 MB
    sources = [f"place:{lon},46.2,size=51.2" for lon in (4.2, 4.2001, 4.2002)]
    for source in sources[:2]:
        fetch_place(parse_place(source), series=False)
        time.sleep(0.01)
    assert on_disk(parse_place(sources[0]), series=False) is not None  # used: the other is older
    fetch_place(parse_place(sources[2]), series=False)
    here = [on_disk(parse_place(one), series=False) is not None for one in sources]
    assert here == [True, False, True]


def test_an_item_without_its_bands_is_named(server, place) -> None:
    def without(right: Response) -> Response:
        return Response(right.body.replace(b'"red"', b'"rouge"'), media_type="application/json")

    server.fail("/search", without)
    with pytest.raises(SceneError, match=r"its item S2_T31T.* cannot be used: no B4"):
        fetch_place(place)


@pytest.mark.slow
def test_a_year_of_sixty_dates_takes_few_requests_and_bytes(server) -> None:
    """Time is their number: 100 ms of waiting each, eight at a time."""
    found = fetch_place(parse_place(f"{SOURCE},year=2019"))
    assert found.told["series"]["acquisitions"] == 60
    assert len(found.told["series"]["dates"]) == 24
    # The classification of each date, probabilities and bands of two dates a month: these are so
    # small that header and block come together.
    assert server.asked("/files") == 60 + 24 * 2 + 24 * 4
    assert server.sent < 15e6
    assert found.bytes == pytest.approx(server.sent, rel=0.05)
