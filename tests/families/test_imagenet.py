"""A real huggingface_hub client against a local server that speaks the Hub's interface."""

import hashlib
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import timm
import torch
from huggingface_hub import close_session, constants
from safetensors.torch import save_file

from lcapp.errors import BundleError, RunError
from lcapp.families import imagenet
from lcapp.families.imagenet import ENCODERS, Encoder, load_imagenet, published
from lcapp.models.image.hr_branch import HREncoder
from lcapp.models.image.unet import UNet
from lcapp.models.sizes import HR_DEMO, HRConfig, UNetConfig

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "/timm/maxvit_tiny_tf_512.in1k/resolve/main/model.safetensors"


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


class Client:
    """The process's huggingface_hub with an empty cache: it reads its variables at import."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        self.offline(False)
        self.asks("http://127.0.0.1:9")  # nobody listens there

    def offline(self, is_offline: bool) -> None:
        self._monkeypatch.setattr(constants, "HF_HUB_OFFLINE", is_offline)

    def asks(self, url: str) -> None:
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        self._monkeypatch.setattr(constants, "ENDPOINT", url)
        self._monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        close_session()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    return Client(monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def encoder() -> HREncoder:
    """Of the HR branch of the paper's size."""
    return HREncoder(HRConfig())


def _serve(content: bytes) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, content))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
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


def test_the_encoder_takes_the_published_weights_and_says_which(
    hub: str, client: Client, encoder: HREncoder
) -> None:
    client.asks(hub)
    assert load_imagenet(encoder.body, HRConfig()) == f"timm/maxvit_tiny_tf_512.in1k@{COMMIT}"
    body = encoder.body.state_dict()
    # red, green, blue, near infrared as red, nDSM as green, all times 3/5
    expected = torch.tensor([0.6, 1.2, 2.4, 0.6, 1.2])
    torch.testing.assert_close(body["stem.conv1.weight"][0, :, 0, 0], expected)
    assert body["stages_2.blocks.4.attn_grid.mlp.fc2.bias"][0] == 0.5
    # The second time needs no server: the cache has it.
    client.asks("http://127.0.0.1:9")
    assert load_imagenet(encoder.body, HRConfig()) == f"timm/maxvit_tiny_tf_512.in1k@{COMMIT}"


@pytest.mark.parametrize("is_offline", [False, True])
def test_a_hub_out_of_reach_is_said_at_once_with_what_to_do(
    client: Client, encoder: HREncoder, monkeypatch: pytest.MonkeyPatch, is_offline: bool
) -> None:
    client.offline(is_offline)
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)  # huggingface_hub alone asks again for 23 s
    with pytest.raises(RunError) as caught:
        load_imagenet(encoder.body, HRConfig())
    assert not waits
    for word in ("maxvit_tiny_tf_512.in1k", "HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_HOME", "random"):
        assert word in str(caught.value)


def test_a_damaged_file_is_refused(damaged: str, client: Client, encoder: HREncoder) -> None:
    client.asks(damaged)
    with pytest.raises(BundleError, match="cannot be read"):
        load_imagenet(encoder.body, HRConfig())


@pytest.mark.parametrize("config", [HR_DEMO, UNetConfig(encoder="mit")])
def test_a_size_without_published_weights_is_refused_before_anything_is_fetched(
    config: HRConfig | UNetConfig,
) -> None:
    with pytest.raises(RunError, match="no ImageNet weights are published"):
        load_imagenet(torch.nn.Identity(), config)


@pytest.mark.parametrize("one", ENCODERS[1:])
def test_a_u_net_takes_those_of_its_own_resnet(one: Encoder, monkeypatch, tmp_path: Path) -> None:
    """All of what timm publishes under that id fits, but for the classifier."""
    name = one.id.removeprefix("timm/").split(".")[0]
    tensors = timm.create_model(name).state_dict()
    monkeypatch.setattr(imagenet, "_fetch", lambda *_: tmp_path / COMMIT / "model.safetensors")
    monkeypatch.setattr(imagenet, "_read", lambda file: tensors)
    assert published(one.config) is one
    assert timm.get_pretrained_cfg(name).hf_hub_id == one.id
    unet = UNet(one.config, 13)
    assert load_imagenet(unet.encoder, one.config) == f"{one.id}@{COMMIT}"
    found = unet.encoder.state_dict()["layer3.1.conv2.weight"]
    assert torch.equal(found, tensors["layer3.1.conv2.weight"])
