"""FLAIR-HUB's toy set from a server on this machine: a simulated one, interrupted and damaged."""

import io
import re
import stat
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lcapp.__main__ import main
from lcapp.classes import COSIA
from lcapp.errors import Cancelled, SceneError
from lcapp.families.classifier.network import build
from lcapp.families.classifier.sizes import BranchesConfig, ClassifierConfig
from lcapp.families.family import Published
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import BundleConfig
from lcapp.prepare import InputSpec
from lcapp.scene.archive import unpack
from lcapp.scene.collection import open_collection
from lcapp.scene.flairhub import toy
from lcapp.scene.flairhub.toy import FOLDER, fetch_toy
from lcapp.scene.services.protocols import transport
from lcapp.simulate.formats.flairhub import simulate_flairhub
from tests.initial import SMALLEST

PIECE = 50_000


@dataclass
class Served:
    """What a server has, and what it was asked for.

    Attributes:
        content: The archive.
        asked: First bytes of the parts.
        fails_after: So many answers; then it says that it is busy.
        ranges: It gives parts.
        url: Of the archive.
    """

    content: bytes
    asked: list[int] = field(default_factory=list)
    fails_after: int = 10**9
    ranges: bool = True
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, served: Served, *args: object) -> None:
        self.served = served
        super().__init__(*args)  # type: ignore[arg-type]

    def log_message(self, *_: object) -> None:
        return None

    def do_GET(self) -> None:
        served = self.served
        first, last = map(int, re.findall(r"\d+", self.headers.get("Range", "bytes=0-0")))
        served.asked.append(first)
        if len(served.asked) > served.fails_after:
            self.send_error(503)
            return
        part = served.content[first : last + 1] if served.ranges else served.content
        self.send_response(206 if served.ranges else 200)
        if served.ranges:
            span = f"bytes {first}-{first + len(part) - 1}/{len(served.content)}"
            self.send_header("Content-Range", span)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_flairhub(tmp_path_factory.mktemp("toy") / "set", seed=5)


@pytest.fixture(scope="session")
def archive(simulated: Path) -> bytes:
    """The set as its owners pack it, with what a Mac leaves in archives."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for one in sorted(simulated.rglob("*")):
            if one.is_file():
                file.write(one, f"FLAIR-HUB_TOY/{one.relative_to(simulated)}")
        file.writestr("__MACOSX/FLAIR-HUB_TOY/._x.tif", b"nothing")
    return packed.getvalue()


@pytest.fixture
def server(archive: bytes, monkeypatch: pytest.MonkeyPatch, nobody_else: None) -> Iterator[Served]:
    served = Served(archive)
    running = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, served))
    served.url = f"http://127.0.0.1:{running.server_port}/flair_hub/toy.zip"
    threading.Thread(target=running.serve_forever, daemon=True).start()
    monkeypatch.setattr(transport, "WAITS", (0.01,))
    monkeypatch.setattr(toy, "_PIECE", PIECE)
    yield served
    running.shutdown()
    running.server_close()


def test_the_set_comes_whole_and_a_second_call_asks_for_nothing(
    server: Served, simulated: Path, tmp_path: Path
) -> None:
    root = fetch_toy(tmp_path / "out", server.url)
    assert root == tmp_path / "out" / FOLDER
    wanted = {one.relative_to(simulated) for one in simulated.rglob("*") if one.is_file()}
    found = {one.relative_to(root) for one in root.rglob("*") if one.is_file()}
    assert found == wanted
    assert all((root / one).read_bytes() == (simulated / one).read_bytes() for one in wanted)
    assert open_collection(root).ids == open_collection(simulated).ids
    left = {one.name for one in (tmp_path / "out").iterdir()}
    assert left - {f".{FOLDER}.lock"} == {FOLDER}
    asked = len(server.asked)
    assert asked == -(-len(server.content) // PIECE) > 3
    assert fetch_toy(tmp_path / "out", server.url) == root
    assert len(server.asked) == asked


def test_what_came_before_an_interruption_is_not_asked_for_again(
    server: Served, tmp_path: Path
) -> None:
    server.fails_after = 3
    with pytest.raises(SceneError, match="cannot be reached"):
        fetch_toy(tmp_path, server.url)
    assert not (tmp_path / FOLDER).exists()
    server.fails_after = 10**9
    server.asked.clear()
    told: list[int] = []
    fetch_toy(tmp_path, server.url, lambda progress: told.append(progress.done))
    assert server.asked[0] == 3 * PIECE
    assert server.asked == list(range(3 * PIECE, len(server.content), PIECE))
    assert told[-1] == len(server.content)


def test_a_cancelled_download_goes_on(server: Served, tmp_path: Path) -> None:
    cancel = threading.Event()

    def stop(progress: object) -> None:
        cancel.set()

    with pytest.raises(Cancelled):
        fetch_toy(tmp_path, server.url, stop, cancel)
    fetch_toy(tmp_path, server.url)
    assert (tmp_path / FOLDER).is_dir()


def test_another_archive_under_the_address_is_noticed_and_begun_anew(
    server: Served, tmp_path: Path
) -> None:
    server.fails_after = 2
    with pytest.raises(SceneError):
        fetch_toy(tmp_path, server.url)
    server.fails_after, whole = 10**9, server.content
    server.content += b"more"
    with pytest.raises(SceneError, match="was exchanged for another one"):
        fetch_toy(tmp_path, server.url)
    server.content = whole
    server.asked.clear()
    fetch_toy(tmp_path, server.url)
    assert server.asked[0] == 0


def test_a_damaged_archive_is_refused_and_not_kept(server: Served, tmp_path: Path) -> None:
    middle = len(server.content) // 2
    damaged = bytearray(server.content)
    damaged[middle : middle + 200] = bytes(200)
    server.content, whole = bytes(damaged), server.content
    with pytest.raises(SceneError, match=r"cannot be unpacked.*fetch it again"):
        fetch_toy(tmp_path, server.url)
    assert {one.name for one in tmp_path.iterdir()} <= {f".{FOLDER}.lock"}
    server.content = whole
    fetch_toy(tmp_path, server.url)


def test_a_server_that_gives_no_parts_and_a_set_that_is_none_are_refused(
    server: Served, tmp_path: Path
) -> None:
    server.ranges = False
    with pytest.raises(SceneError, match=r"range requests|sends more than"):
        fetch_toy(tmp_path, server.url)
    server.ranges = True
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("readme.txt", "no images")
    server.content = packed.getvalue()
    with pytest.raises(SceneError, match="holds 0 folders with aerial images"):
        fetch_toy(tmp_path, server.url)


def zipped(tmp_path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([("a.txt", b"a"), ("../beside.txt", b"b")], r"holds the name '\.\./beside"),
        ([("/etc/a.txt", b"a")], "holds the name '/etc"),
        ([("a\\..\\..\\b.txt", b"a")], "holds the name"),
        ([("C:/b.txt", b"a")], "holds the name"),
        ([(link("a"), b"/etc/passwd")], "is no plain file"),
        ([("a.txt", b"a"), ("a.txt", b"b")], "twice"),
        ([("zeros.bin", bytes(30_000_000))], "swells from"),
    ],
)
def test_what_would_land_elsewhere_or_swell_is_refused_before_anything_is_written(
    members: list[tuple[zipfile.ZipInfo | str, bytes]], said: str, tmp_path: Path
) -> None:
    out = tmp_path / "in" / "out"
    out.mkdir(parents=True)
    with pytest.raises(SceneError, match=said):
        unpack(zipped(tmp_path, *members), out)
    assert [one for one in (tmp_path / "in").rglob("*") if one.is_file()] == []


def test_a_plain_archive_is_unpacked_without_the_rest_of_others(tmp_path: Path) -> None:
    path = zipped(tmp_path, ("a/b.txt", b"b"), ("__MACOSX/a/._b.txt", b""), ("a/.DS_Store", b""))
    assert unpack(path, tmp_path) == 1
    assert (tmp_path / "a/b.txt").read_bytes() == b"b"
    assert {one.name for one in tmp_path.rglob("*")} == {"some.zip", "a", "b.txt"}


def test_the_command_has_the_figure_beside_the_published_one(
    server: Served,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = ClassifierConfig((BranchesConfig(hr=SMALLEST.hr),), len(COSIA))
    config = BundleConfig(
        *("known", "smallest", asdict(sizes), InputSpec(), COSIA.name, None, True),
        *("Initial weights.", "CC0-1.0", {}, "maxvit"),
    )
    write_bundle(tmp_path / "known", build(sizes, 1).state_dict(), config)
    told = Published("IGNF/known", ("aerial",), (), COSIA.name, 1.0, 64.1, 77.5, "Table X")
    monkeypatch.setattr("lcapp.command.toy.published", lambda: (told,))
    asked = ("--out", tmp_path / "out", "--address", server.url, "--model", tmp_path / "known")
    assert main(["toy", *map(str, asked), "--device", "cpu", "--limit", "1"]) == 0
    text = capsys.readouterr().out
    assert "known on 1 patches of FLAIR-HUB's toy set" in text
    assert re.search(r"here +\d+\.\d +\d+\.\d", text)
    assert re.search(r"published, whole test set +64\.1 +77\.5  Table X", text)
    assert "other patches" in text
    assert list((tmp_path / "out").glob("evaluation-*/evaluation.json"))
