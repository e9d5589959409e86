"""A real huggingface_hub client against a local server that speaks the Hub's interface."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from lcapp.errors import RunError
from lcapp.families.tsrdiff.imagenet import load_imagenet
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "/timm/maxvit_tiny_tf_512.in1k/resolve/main/model.safetensors"

LOAD = """
import torch
from lcapp.errors import LcappError
from lcapp.families.tsrdiff.catalogue import VARIANTS
from lcapp.families.tsrdiff.imagenet import load_imagenet
from lcapp.families.tsrdiff.network import TSRDiff

network = TSRDiff(VARIANTS["paper"], training_parts=False)
try:
    print(load_imagenet(network))
except LcappError as error:
    print(type(error).__name__, error)
    raise SystemExit(3)
body = network.hr_encoder.body.state_dict()
first = body["stem.conv1.weight"]
print(*(f"{first[0, band, 0, 0]:.4f}" for band in range(5)))
print(f"{body['stages_2.blocks.4.attn_grid.mlp.fc2.bias'][0]:.4f}")
"""


class Hub(BaseHTTPRequestHandler):
    """What huggingface_hub asks of the Hub for one file: HEAD with ETag and commit, then GET."""

    def __init__(self, content: bytes, *arguments: object) -> None:
        self.content = content
        super().__init__(*arguments)  # type: ignore[arg-type]

    def _headers(self) -> bool:
        found = self.path == FILE
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(self.content) if found else 0))
        if found:
            self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
        else:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        return found

    def do_HEAD(self) -> None:
        self._headers()

    def do_GET(self) -> None:
        if self._headers():
            self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


def _serve(content: bytes) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, content))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Synthetic weights of the published shapes: constants that tell where they went."""
    with torch.device("meta"):
        shapes = timm.create_model("maxvit_tiny_tf_512").state_dict()
    tensors = {
        name: torch.zeros(tensor.shape, dtype=torch.float16)
        if tensor.is_floating_point()
        else torch.zeros(tensor.shape, dtype=tensor.dtype)
        for name, tensor in shapes.items()
    }
    tensors["stem.conv1.weight"][:, 0] = 1.0
    tensors["stem.conv1.weight"][:, 1] = 2.0
    tensors["stem.conv1.weight"][:, 2] = 4.0
    tensors["stages.2.blocks.4.attn_grid.mlp.fc2.bias"][:] = 0.5
    file = tmp_path_factory.mktemp("hub") / "model.safetensors"
    save_file(tensors, file)
    yield from _serve(file.read_bytes())


@pytest.fixture(scope="module")
def damaged() -> Iterator[str]:
    yield from _serve(b"not a safetensors file")


def _load(cache: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """huggingface_hub reads its variables at import: a process of its own for each case."""
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, "HF_HOME": str(cache), "OMP_NUM_THREADS": "1", **environment},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_encoder_takes_the_published_weights_and_says_which(hub: str, tmp_path: Path) -> None:
    done = _load(tmp_path, HF_ENDPOINT=hub)
    assert done.returncode == 0, done.stdout + done.stderr
    source, first, deep = done.stdout.splitlines()
    assert source == f"timm/maxvit_tiny_tf_512.in1k@{COMMIT}"
    # red, green, blue, near infrared as red, nDSM as green, all times 3/5
    assert first.split() == ["0.6000", "1.2000", "2.4000", "0.6000", "1.2000"]
    assert deep == "0.5000"
    # The second time needs no server: the cache has it.
    again = _load(tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert again.stdout == done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment", [{"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_HUB_OFFLINE": "1"}]
)
def test_a_hub_out_of_reach_is_said_with_what_to_do(
    environment: dict[str, str], tmp_path: Path
) -> None:
    begun = time.monotonic()
    done = _load(tmp_path, **environment)
    assert done.returncode == 3, done.stderr
    assert time.monotonic() - begun < 20  # huggingface_hub alone asks again for 23 s
    assert done.stdout.startswith("RunError")
    for word in ("maxvit_tiny_tf_512.in1k", "HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_HOME", "random"):
        assert word in done.stdout


@pytest.mark.slow
def test_a_damaged_file_is_refused(damaged: str, tmp_path: Path) -> None:
    done = _load(tmp_path, HF_ENDPOINT=damaged)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("BundleError")
    assert "cannot be read" in done.stdout


def test_a_size_without_published_weights_is_refused_before_anything_is_fetched() -> None:
    with torch.device("meta"):
        network = TSRDiff(VARIANTS["tiny"], training_parts=False)
    with pytest.raises(RunError, match="no ImageNet weights are published"):
        load_imagenet(network)
