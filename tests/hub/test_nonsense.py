"""A Hub that answers nonsense: each a sentence, the cache as it was, and the next call is right."""

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from huggingface_hub import constants

from lcapp.errors import BundleError
from lcapp.hub.config import CONFIG_FILE
from lcapp.hub.transport import transfer
from lcapp.hub.transport.cache import cached
from lcapp.hub.transport.repository import cache_folder
from lcapp.limits import MOST_SIGNS
from tests.hub.hub_server import fetch, flairhub_file, git_oid, served

ID = "IGNF/FLAIR-HUB_LC-A_IR_swinbase-upernet"
FILE = "FLAIR-HUB_LC-A_IR_swinbase-upernet.safetensors"
WEIGHTS = flairhub_file(0.3)
DEMO = Path(__file__).parents[2] / "weights" / "demo"
BUNDLE = {name: (DEMO / name).read_bytes() for name in (CONFIG_FILE, "model.safetensors")}
HTML = b"<html><body># not found <script>alert(1)</script></body></html>" + b" " * 5000


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setattr(transfer, "WAITS", (0.0, 0.0))
    with served(monkeypatch, tmp_path) as hub:
        hub.add(ID, {"README.md": b"# card", FILE: WEIGHTS})
        hub.add("user/bundle", BUNDLE)
        yield hub


def says(body=b"", status=200, **headers):
    return lambda handler: handler.answer(status, body, **headers)


def told(**changes):
    """The true list of files with something else in it."""

    def answer(handler):
        files = {CONFIG_FILE: BUNDLE[CONFIG_FILE], "model.safetensors": BUNDLE["model.safetensors"]}
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": git_oid(content)}
            for name, content in files.items()
        ]
        answer = {"id": "user/bundle", "sha": "a" * 40, "siblings": siblings} | changes
        handler.answer(200, json.dumps(answer).encode(), Content_Type="application/json")

    return answer


def there() -> dict[str, int]:
    """The files of the cache, but for locks and what of a download is kept."""
    return {
        str(path): path.stat().st_size
        for path in Path(constants.HF_HUB_CACHE).rglob("*")
        if path.is_file() and ".locks" not in path.parts and path.suffix != ".incomplete"
    }


LIES = {
    "html": ("info", says(HTML)),
    "half a json": ("info", says(b'{"id": "user/bundle", "sib')),
    "nested": ("info", says(b"[" * 100_000)),
    "many digits": ("info", says(b'{"id": "a/b", "downloads": ' + b"9" * 5000 + b"}")),
    "a list": ("info", says(b"[1, 2]")),
    "no id": ("info", says(b"{}")),
    "no utf-8": ("info", says(b"\xff\xfe\x00")),
    "siblings text": ("info", told(siblings="abc")),
    "siblings number": ("info", told(siblings=3)),
    "siblings null": ("info", told(siblings=[None])),
    "siblings without names": ("info", told(siblings=[{"size": 3}])),
    "names that are numbers": ("info", told(siblings=[{"rfilename": 5}])),
    "names that are lists": ("info", told(siblings=[{"rfilename": ["model.safetensors"]}])),
    "lfs text": ("info", told(siblings=[{"rfilename": "model.safetensors", "lfs": "x"}])),
    "card text": ("info", told(cardData="x")),
    "card list": ("info", told(cardData=[1])),
    "card of numbers": ("info", told(cardData={"license": 5, "tags": 3, "model-index": 1})),
    "sha number": ("info", told(sha=5)),
    "sha text": ("info", told(sha="../../x")),
    "dates": ("info", told(lastModified="yesterday")),
    "retry ²": ("info", says(status=429, Retry_After="%C2%B2")),
    "retry of 5,000 digits": ("info", says(status=429, Retry_After="9" * 5000)),
    "rate limit": ("info", says(status=429, RateLimit='"api";r=0;t=' + "9" * 50)),
    "redirect to no address": ("info", says(status=302, Location="http://[::1")),
    "redirect to a file": ("info", says(status=302, Location="file:///etc/passwd")),
    "html of an error": ("info", says(HTML, status=418)),
    "no etag": ("resolve", says(status=200)),
    "etag a path": ("resolve", says(ETag='"../../../x"', Content_Length=5)),
    "negative size": ("resolve", says(ETag='"abc"', X_Linked_Size=-5)),
    "giant size": ("resolve", says(ETag='"abc"', X_Linked_Size=10**30)),
    "file redirect to no address": ("resolve", says(status=302, Location="http://[::1")),
    "wrong etag of the weights": (
        "resolve",
        says(status=200, X_Linked_Etag=f'"{"0" * 64}"', X_Linked_Size=len(WEIGHTS)),
    ),
    "another content": ("large", says(b"x" * len(WEIGHTS))),
    "html content": ("large", says(HTML)),
    "a description that never ends": (
        "info",
        says(gzip.compress(b" " * 2 * MOST_SIGNS, 1), Content_Encoding="gzip"),
    ),
    "a refusal that never ends": (
        "info",
        says(gzip.compress(b" " * 2 * MOST_SIGNS, 1), 403, Content_Encoding="gzip"),
    ),
    "content refused": ("large", says(status=429, Retry_After="9" * 5000)),
}


@pytest.mark.parametrize(
    ("lie", "repo_id"),
    [(lie, "user/bundle") for lie in LIES]
    + [(lie, ID) for lie, (kind, _) in LIES.items() if kind != "info"],
)
def test_nonsense_is_a_sentence_and_nothing_of_it_stays(hub, repo_id, lie):
    kind, answer = LIES[lie]
    hub.lies[kind] = answer
    with pytest.raises(BundleError) as refused:
        fetch(repo_id)
    assert len(str(refused.value)) < 700
    assert {Path(one).name for one in there()} <= {git_oid(BUNDLE[CONFIG_FILE]), CONFIG_FILE}
    hub.lies.clear()
    found = fetch(repo_id)
    right = WEIGHTS if repo_id == ID else BUNDLE["model.safetensors"]
    assert found.weights.read_bytes() == right


@pytest.mark.parametrize(
    ("lie", "said", "most"),
    [
        ("a description that never ends", "sends more than 67 MB", 3.2 * MOST_SIGNS),
        ("a refusal that never ends", r"refuses access \(403\)", 2**25),
    ],
)
def test_an_answer_is_not_read_beyond_what_it_may_be(hub, lie, said, most):
    hub.lies["info"] = LIES[lie][1]
    tracemalloc.start()
    try:
        with pytest.raises(BundleError, match=said):
            fetch("user/bundle")
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def test_a_corrupt_description_of_which_nothing_tells_the_checksum_is_not_kept(hub):
    hub.lies["info"] = told(
        siblings=[{"rfilename": CONFIG_FILE}, {"rfilename": "model.safetensors"}]
    )
    cut = BUNDLE[CONFIG_FILE][:100]
    hub.lies["resolve"] = hub.lies["small"] = says(cut, ETag='"abc"')
    with pytest.raises(BundleError, match="arrived damaged"):
        fetch("user/bundle")
    assert not there()
    hub.lies.clear()
    assert fetch("user/bundle").is_bundle


def test_a_download_ends_at_the_promised_size(hub):
    sent = []

    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            while len(sent) < 2000:
                handler.wfile.write(b"x" * 2**16)
                sent.append(1)
        except OSError:
            pass
        handler.close_connection = True

    hub.add("user/bundle", BUNDLE)
    hub.lies["large"] = flood
    with pytest.raises(BundleError, match=r"no safetensors file|more than the .* bytes that it"):
        fetch("user/bundle")
    with pytest.raises(BundleError, match=r"no safetensors file"):
        fetch(ID)
    assert sum(sent) * 2**16 < 100e6
    assert not list(cache_folder("user/bundle").rglob("*.incomplete"))


def test_what_another_program_left_cut_off_is_fetched_again(hub):
    blob = fetch(ID).weights.resolve()
    blob.write_bytes(blob.read_bytes()[:1000])
    assert fetch(ID).weights.read_bytes() == WEIGHTS


def test_a_cache_that_may_only_be_read_is_used(hub, monkeypatch):
    """As root nothing is closed: whatever would write fails here."""
    first = fetch(ID)
    before = there()

    def closed(*_, **__):
        raise PermissionError(13, "Permission denied")

    for name in ("mkdir", "touch", "symlink_to", "replace", "unlink"):
        monkeypatch.setattr(Path, name, closed)
    monkeypatch.setattr("lcapp.hub.transport.remote.WeakFileLock", closed)
    found = fetch(ID)
    assert (found.weights, found.downloaded, found.confirmed) == (first.weights, 0, True)
    assert there() == before


@pytest.mark.parametrize("note", [b"\xff\xfe", b"x" * 10_000_000, b"../../../etc", b""])
def test_a_damaged_note_of_a_revision_is_no_copy(hub, note):
    fetch(ID)
    (cache_folder(ID) / "refs" / "main").write_bytes(note)
    assert cached(ID) is None
    assert fetch(ID).weights.read_bytes() == WEIGHTS
