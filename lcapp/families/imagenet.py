"""First weights of image encoders: timm's, trained on ImageNet-1k (paper, 4.2).

Fetched from the Hugging Face Hub, or taken from its cache on this machine. The published MaxViT
expects values of mean 0.5 and deviation 0.5, which is this project's [-1, 1]; the ResNets expect
others, and their first batch norm learns the difference. A first convolution reads red, green and
blue; timm's rule makes five inputs of these: near infrared takes the weights of red, nDSM those of
green, and all are scaled by 3/5, so that the sum over inputs that are alike stays as large.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from lcapp.errors import BundleError, RunError
from lcapp.models.sizes import HRConfig, UNetConfig

_FILE = "model.safetensors"
_PATIENCE = 10.0
"""Seconds without an answer after which the Hub counts as out of reach."""


@dataclass(frozen=True)
class Encoder:
    """Published weights.

    Attributes:
        id: On the Hub.
        first: Name of the first convolution's kernel.
        config: Of the branch whose encoder they fit.
        sizes: Fields of it that must be the same.
    """

    id: str
    first: str
    config: HRConfig | UNetConfig
    sizes: tuple[str, ...]


_STAGES = ("encoder", "widths", "depths")
ENCODERS = (
    Encoder(
        "timm/maxvit_tiny_tf_512.in1k",
        "stem.conv1.weight",
        HRConfig(),
        ("stem_width", "widths", "depths", "head_width", "partition"),
    ),
    Encoder("timm/resnet34.a1_in1k", "conv1.weight", UNetConfig(), _STAGES),
    Encoder(
        "timm/resnext50_32x4d.a1h_in1k", "conv1.weight", UNetConfig(encoder="resnext"), _STAGES
    ),
)


def published(config: HRConfig | UNetConfig) -> Encoder:
    """The published weights of an encoder of these sizes.

    Raises:
        RunError: There are none.
    """
    for one in ENCODERS:
        if type(one.config) is type(config) and all(
            getattr(config, name) == getattr(one.config, name) for name in one.sizes
        ):
            return one
    raise RunError(
        "no ImageNet weights are published for an image encoder of these sizes",
        where=f"stage widths {config.stage_widths}, depths {config.depths}",
        expected=f"the sizes of {', '.join(one.id for one in ENCODERS)}, variant 'paper'",
        advice="train this size from random weights",
    )


def load_imagenet(body: nn.Module, config: HRConfig | UNetConfig, revision: str = "main") -> str:
    """Give an encoder the weights that ImageNet taught it, in place.

    The environment variables of huggingface_hub hold: `HF_ENDPOINT` (another server),
    `HF_HUB_OFFLINE=1` (only the cache), `HF_HOME` (where the cache lies).

    Args:
        body: timm's encoder.
        config: Its sizes, whatever its input bands.
        revision: Branch, tag or commit on the Hub.

    Returns:
        `timm/maxvit_tiny_tf_512.in1k@COMMIT`, for the provenance of what is trained from it.

    Raises:
        RunError: There are no published weights of these sizes, or they cannot be fetched.
        BundleError: The file is damaged or holds another network.
    """
    weights = published(config)
    file = _fetch(weights.id, revision)
    tensors = _adapted(_read(file), weights.first, config.bands)
    wanted = body.state_dict()
    differing = sorted(
        name
        for name in wanted.keys() | tensors.keys()
        if name not in wanted or name not in tensors or wanted[name].shape != tensors[name].shape
    )
    if differing:
        raise BundleError(
            f"{len(differing)} tensors are missing, unexpected or of another shape, "
            f"the first {differing[0]}",
            where=file,
            expected=f"the weights of {weights.id}",
            advice="remove the file from the cache of huggingface_hub and fetch it again",
        )
    body.load_state_dict(tensors)
    return f"{weights.id}@{file.parent.name}"


def _fetch(model_id: str, revision: str) -> Path:
    """The weights in the cache of huggingface_hub: .../snapshots/COMMIT/model.safetensors."""
    from httpx2 import HTTPError  # of the client that the pinned huggingface_hub uses
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url

    try:
        # A download that finds no server asks again for half a minute; this asks once.
        get_hf_file_metadata(hf_hub_url(model_id, _FILE, revision=revision), timeout=_PATIENCE)
        return Path(hf_hub_download(model_id, _FILE, revision=revision))
    except (HTTPError, OSError, ValueError) as error:
        failure = error
    try:
        return Path(hf_hub_download(model_id, _FILE, revision=revision, local_files_only=True))
    except (OSError, ValueError):
        reason = next(iter(str(failure).strip().splitlines()), type(failure).__name__)
        raise RunError(
            f"the ImageNet weights {model_id} (revision {revision}) cannot be fetched: {reason}",
            where=constants.ENDPOINT,
            expected=f"{_FILE} from the Hub or in the cache {constants.HF_HUB_CACHE}",
            advice="check the network, HF_ENDPOINT (another server), HF_HUB_OFFLINE (must not be 1 "
            "for a first fetch) and HF_HOME (the cache); or train from random weights",
        ) from failure


def _read(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except (OSError, SafetensorError) as error:
        raise BundleError(
            f"cannot be read: {error}",
            where=file,
            expected="a complete safetensors file",
            advice="remove it from the cache of huggingface_hub and fetch it again",
        ) from None


def _adapted(tensors: dict[str, Tensor], first: str, bands: int) -> dict[str, Tensor]:
    """The classifier's names to those of the feature extractor; its head dropped."""
    from timm.models import adapt_input_conv

    body = {
        re.sub(r"^stages\.(\d)", r"stages_\1", name): tensor.to(torch.float32)
        for name, tensor in tensors.items()
        if not name.startswith(("head.", "fc."))
    }
    if first in body and body[first].shape[1] == 3:
        body[first] = adapt_input_conv(bands, body[first])
    return body
