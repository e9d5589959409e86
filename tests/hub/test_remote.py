import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants, hf_hub_download
from safetensors.numpy import save

from lcapp.errors import BundleError, Cancelled, RunError
from lcapp.hub.transport import remote, transfer
from lcapp.hub.transport.cache import cached, state_on_disk
from lcapp.hub.transport.offer import ask
from lcapp.hub.transport.repository import cache_folder, looks_like_id, split_id
from lcapp.types import byte_count
from tests.hub.hub_server import fetch, flairhub_file, served

ID = "IGNF/FLAIR-HUB_LC-A_IR_swinbase-upernet"
FILE = "FLAIR-HUB_LC-A_IR_swinbase-upernet.safetensors"
WEIGHTS = flairhub_file(1.0)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    monkeypatch.setattr(transfer, "WAITS", (0.01, 0.01, 0.01))
    with served(monkeypatch, tmp_path) as hub:
        hub.add(ID, {"README.md": b"# card", FILE: WEIGHTS}, licence="etalab-2.0")
        yield hub


def refused(call, kind=BundleError):
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


# What is known before


def test_size_commit_and_licence_are_known_before_the_download(hub):
    offer = ask(ID)
    assert offer.bytes == offer.missing == len(WEIGHTS)
    assert offer.commit == hub.repos[ID].refs["main"]
    assert offer.licence == "etalab-2.0"
    assert [one.name for one in offer.files] == [FILE]  # no card, nothing else
    assert not hub.content()


def test_a_missing_model_and_a_private_one_are_told_apart_as_far_as_the_hub_does(hub, monkeypatch):
    hub.add("user/secret", {"model.safetensors": WEIGHTS}, private=True)
    assert "does not exist or is private" in refused(lambda: fetch("user/secret"))
    assert "does not exist or is private" in refused(lambda: fetch("user/nothing"))
    monkeypatch.setenv("HF_TOKEN", hub.token)
    assert "has no such model" in refused(lambda: fetch("user/nothing"))
    assert fetch("user/secret").bytes == len(WEIGHTS)


def test_the_stored_token_is_used(hub):
    hub.add("user/secret", {"model.safetensors": WEIGHTS}, private=True)
    Path(constants.HF_TOKEN_PATH).write_text(hub.token)
    assert fetch("user/secret").bytes == len(WEIGHTS)


def test_the_token_stays_with_the_hub_where_the_content_lies_elsewhere(hub):
    fetch(ID, token=hub.token)
    sent = {one["path"].startswith("/cdn/"): one["authorization"] for one in hub.log}
    assert sent == {False: f"Bearer {hub.token}", True: None}


def test_a_token_that_is_not_valid_is_said(hub):
    assert "use a token that is valid" in refused(lambda: fetch(ID, token="hf_wrong"))


def test_a_gated_model_says_what_to_accept_before_the_download(hub):
    hub.add("user/gated", {"model.safetensors": WEIGHTS}, gated=True)
    assert "accept them on the repository's page" in refused(lambda: fetch("user/gated"))
    assert not hub.content()


def test_a_wrong_revision_is_named(hub):
    assert "no revision 'v9'" in refused(lambda: fetch(ID, "v9"))
    assert not hub.content()


def test_pickles_are_never_fetched(hub):
    hub.add("user/old", {"pytorch_model.bin": b"\x80\x04.", "config.json": b"{}"})
    message = refused(lambda: fetch("user/old"))
    assert "pytorch_model.bin" in message
    assert "can run programs" in message
    assert not hub.content()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"README.md": b""}, "has no weights"),
        ({"a.safetensors": WEIGHTS, "b.safetensors": WEIGHTS}, "2 safetensors files"),
        ({"sub/model.safetensors": WEIGHTS}, "has no weights"),
    ],
)
def test_a_repository_without_clear_weights_is_refused(hub, files, said):
    hub.add("user/odd", files)
    assert said in refused(lambda: fetch("user/odd"))


def test_other_kinds_of_models_are_refused_by_their_header_alone(hub):
    big = save({"bert.embeddings.weight": np.zeros(500_000, "float32")})
    hub.add("user/bert", {"weights.safetensors": big})
    assert "bert.embeddings.weight" in refused(lambda: fetch("user/bert"))
    hub.add("user/bert2", {"model.safetensors": big, "config.json": b'{"hidden_size": 768}'})
    assert "is no bundle of lcapp" in refused(lambda: fetch("user/bert2"))
    hub.add("user/text", {"weights.safetensors": b"this is text, however long it may be" * 9})
    assert "is no safetensors file" in refused(lambda: fetch("user/text"))
    assert sum(sent for _, sent in hub.content()) < 250_000


def test_too_large_for_the_disk_is_said_before_the_download(hub, monkeypatch):
    free = len(WEIGHTS) - 1
    monkeypatch.setattr(remote.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free}))
    message = refused(lambda: fetch(ID), RunError)
    assert "1.0 MB are to be downloaded and 1.0 MB are free" in message
    assert "HF_HOME" in message
    assert not hub.content()
    free += 1
    assert fetch(ID).bytes == len(WEIGHTS)


def test_a_disk_that_fills_up_meanwhile_is_said(hub, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(remote, "transfer", full)
    assert "No space left" in refused(lambda: fetch(ID), RunError)


def test_a_cache_that_cannot_be_written_is_said(hub, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "hub"))
    assert "cannot be written" in refused(lambda: fetch(ID), RunError)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_shared_cache_that_may_only_be_read_is_used(hub, tmp_path):
    first = fetch(ID)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    for folder, _, names in os.walk(tmp_path):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            path.chmod((path.stat().st_mode | 0o055) & ~0o022)
    os.seteuid(65534)
    try:
        assert not os.access(tmp_path, os.W_OK, effective_ids=True)
        again = fetch(ID)
    finally:
        os.seteuid(0)
    assert again.path == first.path
    assert (again.confirmed, again.downloaded) == (True, 0)


def test_a_rate_limit_says_how_long(hub):
    hub.rate_limit = 37
    assert "try again in 37 s" in refused(lambda: fetch(ID))


def test_a_faulty_hub_is_said(hub):
    hub.down = 503
    assert "has a fault (503)" in refused(lambda: fetch(ID))


@pytest.mark.parametrize(
    "text", ["tiny", "a/b/c", "user/na me", "../etc", "user/x@", "user/x@../../y", "user/..", ""]
)
def test_what_is_no_repo_id_is_refused_without_a_request(hub, text):
    assert not looks_like_id(text)
    refused(lambda: fetch(text))
    assert not hub.log


def test_id_and_revision_in_one_text():
    assert split_id("user/name@refs/pr/1") == ("user/name", "refs/pr/1")
    assert split_id("user/name") == ("user/name", "main")


# The download


def test_the_bytes_arrive_with_their_checksum_and_progress(hub):
    seen = []
    found = fetch(ID, on_progress=seen.append)
    assert found.weights.read_bytes() == WEIGHTS
    assert found.sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert (found.is_bundle, found.downloaded, found.confirmed) == (False, len(WEIGHTS), True)
    assert (seen[-1].done, seen[-1].total) == (len(WEIGHTS), len(WEIGHTS))
    assert seen[-1].stage == f"{ID}/{FILE}"


def test_the_state_on_disk_follows_the_download_and_asks_nobody(hub):
    assert (state_on_disk(ID).cached, state_on_disk(ID).bytes) == (False, 0)
    assert not hub.log
    fetch(ID)
    assert (state_on_disk(ID).cached, state_on_disk(ID).bytes) == (True, len(WEIGHTS))


def test_progress_never_goes_back(hub, monkeypatch):
    monkeypatch.setattr(byte_count, "_REPORT_EVERY", 0)
    seen = []
    fetch(ID, on_progress=seen.append)
    assert len(seen) > 3
    done = [one.done for one in seen]
    assert done == sorted(done)


def test_the_cache_is_the_one_all_programs_share(hub):
    found = fetch(ID)
    before = len(hub.content())
    assert hf_hub_download(ID, FILE) == str(found.weights)
    assert hf_hub_download(ID, FILE, local_files_only=True) == str(found.weights)
    assert len(hub.content()) == before


def test_what_another_program_downloaded_is_used(hub):
    hf_hub_download(ID, FILE)
    hub.log.clear()
    assert fetch(ID).downloaded == 0
    assert not hub.content()


def test_a_cut_in_the_middle_goes_on_where_it_was_cut(hub):
    hub.cuts = [300_000, 200_000]
    seen = []
    found = fetch(ID, on_progress=seen.append)
    assert found.weights.read_bytes() == WEIGHTS
    asked = [one for one, _ in hub.content()]
    assert asked == ["bytes=0-100000", None, "bytes=300000-", "bytes=500000-"]
    assert seen[-1].done == len(WEIGHTS)


def test_after_too_many_cuts_what_was_fetched_is_kept_for_the_next_start(hub):
    hub.cuts = [400_000, 0, 0, 0, 0]
    message = refused(lambda: fetch(ID))
    assert "broke off 4 times in a row at 400,000 of" in message
    assert "what was fetched is kept" in message
    assert state_on_disk(ID).bytes == 400_000
    assert ask(ID).missing == len(WEIGHTS) - 400_000
    hub.cuts, seen = [], []
    hub.log.clear()
    found = fetch(ID, on_progress=seen.append)
    assert found.weights.read_bytes() == WEIGHTS
    assert found.downloaded == len(WEIGHTS) - 400_000
    assert [one for one, _ in hub.content()] == ["bytes=0-100000", "bytes=400000-"]
    assert seen[0].done > 400_000
    assert not list(cache_folder(ID).rglob("*.incomplete"))


def test_bytes_that_arrive_renew_the_tries(hub):
    hub.cuts = [100_000] * 9
    assert fetch(ID).weights.read_bytes() == WEIGHTS


def test_a_server_without_ranges_that_always_breaks_off_ends_in_an_error(hub):
    hub.cuts, hub.ranges = [300_000, 100_000, 200_000, 250_000, 200_000], False
    assert "broke off 4 times in a row" in refused(lambda: fetch(ID))


def test_a_server_without_ranges_sends_all_again(hub):
    hub.cuts, hub.ranges = [300_000], False
    seen = []
    assert fetch(ID, on_progress=seen.append).weights.read_bytes() == WEIGHTS
    assert seen[-1].done == len(WEIGHTS)


def test_an_overlong_leftover_is_replaced(hub):
    part = remote.part_path(ID, ask(ID).weights.etag)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" * (len(WEIGHTS) + 5))
    seen = []
    assert fetch(ID, on_progress=seen.append).weights.read_bytes() == WEIGHTS
    assert seen[-1].done == len(WEIGHTS)
    assert [one for one, _ in hub.content()] == ["bytes=0-100000", None]


def test_a_rate_limit_in_the_middle_is_waited_for(hub):
    ask(ID)
    hub.limited = 2
    assert fetch(ID).weights.read_bytes() == WEIGHTS


def test_a_stalled_server_counts_as_a_cut(hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.5)
    hub.cuts, hub.silence = [300_000], threading.Event()
    assert fetch(ID).weights.read_bytes() == WEIGHTS
    hub.silence.set()
    # On a busy machine another piece may count as late, and is asked for like this one.
    assert "bytes=300000-" in [one for one, _ in hub.content()]


def test_damage_on_the_way_is_found_and_not_kept(hub):
    hub.damage = True
    assert "arrived damaged" in refused(lambda: fetch(ID))
    assert state_on_disk(ID).bytes == 0
    hub.damage = False
    assert fetch(ID).weights.read_bytes() == WEIGHTS


def test_damage_on_the_disk_is_found(hub):
    weights = fetch(ID).weights
    weights.resolve().write_bytes(WEIGHTS[:-1] + b"\0")
    assert "copy on disk is damaged" in refused(lambda: fetch(ID))
    assert "copy on disk is damaged" in refused(lambda: cached(ID))


def test_a_blob_that_is_itself_a_link_into_a_store_is_not_taken_for_damaged(hub, tmp_path):
    blob = fetch(ID).weights.resolve()
    store = tmp_path / ("0" * 64)  # named by another hash, as huggingface_hub's shared store does
    blob.rename(store)
    blob.symlink_to(store)
    assert fetch(ID).sha256 == blob.name


def test_a_cancel_keeps_what_was_fetched(hub, monkeypatch):
    monkeypatch.setattr(byte_count, "_REPORT_EVERY", 0)
    cancel = threading.Event()

    def stop(download):
        if download.done > 200_000:
            cancel.set()

    with pytest.raises(Cancelled):
        fetch(ID, on_progress=stop, cancel=cancel)
    kept = state_on_disk(ID)
    assert not kept.cached
    assert 200_000 < kept.bytes < 600_000
    assert fetch(ID).downloaded == len(WEIGHTS) - kept.bytes


def test_two_at_once_fetch_the_bytes_once(hub):
    hub.pause = 0.002
    found, threads = [], []
    for _ in range(2):
        threads.append(threading.Thread(target=lambda: found.append(fetch(ID))))
        threads[-1].start()
    for one in threads:
        one.join()
    assert len(found) == 2
    assert sum(sent for asked, sent in hub.content() if asked is None) == len(WEIGHTS)


# Revisions and offline


def test_a_commit_stays_what_it_was_and_a_branch_moves(hub):
    first = fetch(ID)
    newer = flairhub_file(0.1, seed=1)
    hub.add(ID, {FILE: newer})
    assert fetch(ID, first.commit).weights.read_bytes() == WEIGHTS
    moved = fetch(ID)
    assert moved.commit != first.commit
    assert moved.weights.read_bytes() == newer


def test_a_tag_is_a_revision(hub):
    newer = flairhub_file(0.1, seed=1)
    hub.add(ID, {FILE: newer}, ref="v2")
    assert fetch(f"{ID}@v2").weights.read_bytes() == newer
    assert fetch(ID).weights.read_bytes() == WEIGHTS


def test_a_cached_commit_needs_no_request(hub):
    commit = fetch(ID).commit
    hub.log.clear()
    assert fetch(ID, commit).confirmed
    assert not hub.log


def test_offline_uses_the_cache_and_says_that_nobody_was_asked(hub, monkeypatch):
    first = fetch(ID)
    hub.add(ID, {FILE: flairhub_file(0.1, seed=1)})
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    again = fetch(ID)
    assert again.path == first.path
    assert (again.confirmed, again.downloaded) == (False, 0)


def test_offline_without_a_copy_says_so(hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    message = refused(lambda: fetch(ID))
    assert "offline mode is on" in message
    assert "not in the cache" in message


def test_without_a_network_the_cache_serves(hub):
    first = fetch(ID)
    hub.close()
    assert fetch(ID).path == first.path
    assert "cannot be reached" in refused(lambda: fetch("user/other"))


def test_a_bundle_comes_with_its_description_and_nothing_else(hub, initial):
    files = {one.name: one.read_bytes() for one in initial.iterdir()}
    hub.add("user/first", {**files, "README.md": b"# card"})
    found = fetch("user/first")
    assert found.is_bundle
    assert {one.name: one.read_bytes() for one in found.path.iterdir()} == files


# In processes of their own, as a user starts them

SCRIPT = """
from lcapp.hub.transport.remote import fetch
from lcapp.types import byte_count
byte_count._REPORT_EVERY = 0
found = fetch({id!r}, usable=lambda _: True, on_progress=lambda one: print(one.done, flush=True))
print(found.sha256, found.downloaded, found.confirmed)
"""


def start(hub, tmp_path, **more):
    env = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home"), **more}
    script = SCRIPT.format(id=ID)
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=1)


def test_a_killed_process_leaves_what_the_next_goes_on_with(hub, tmp_path):
    hub.cuts, hub.stall = [300_000], 300.0
    process = start(hub, tmp_path)
    while int(process.stdout.readline()) < 200_000:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    out = start(hub, tmp_path).communicate()[0].split()
    sha256, downloaded = out[-3:-1]
    assert sha256 == ask(ID).weights.oid
    assert int(downloaded) <= len(WEIGHTS) - 200_000
    hub.close()
    offline = start(hub, tmp_path, HF_HUB_OFFLINE="1").communicate()[0].split()
    assert offline == [sha256, "0", "False"]
