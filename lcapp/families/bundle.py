"""What models that lie in a bundle share: description, hash, and weights read when needed."""

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from lcapp.hub.config import WEIGHTS_FILE, BundleConfig, bundle_hash, read_config
from lcapp.types import Card


class BundleModel(ABC):
    """A bundle whose network torch builds when it is first asked for.

    Args:
        path: Folder of the bundle.

    Attributes:
        config: Its description.
        path: Its folder.
        card: What it is.

    Raises:
        BundleError: A description that contradicts itself, or files that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._hold(read_config(path), path)

    def _hold(self, config: BundleConfig, path: Path, network: Any = None) -> None:
        self.config, self.path = config, path
        self.card: Card = self.describe(config, path, bundle_hash(path))
        self._network = network
        self._lock = threading.Lock()

    @staticmethod
    @abstractmethod
    def describe(config: BundleConfig, path: Path, digest: str = "") -> Card:
        """Its card, `family.bundle_card` with what the model reads and may be asked for."""

    @abstractmethod
    def build(self) -> Any:
        """The network, an `nn.Module` of the description's sizes."""

    def read(self) -> Any:
        """The network with the weights of the file, strictly; in evaluation mode, float32."""
        import torch

        from lcapp.hub.weights import check_kinds, kinds, read_kinds, read_tensors

        file = self.path / WEIGHTS_FILE
        with torch.device("meta"):  # shapes alone: sizes that the file lacks take no memory
            check_kinds(kinds(self.build().state_dict()), read_kinds(file), file)
        network = self.build()
        network.load_state_dict(read_tensors(file))
        return network.eval()

    @property
    def network(self) -> Any:
        """As `read` gives it, once."""
        with self._lock:
            if self._network is None:
                self._network = self.read()
            return self._network

    def load(self) -> None:
        """Read the weights, strictly (BundleError)."""
        _ = self.network

    def parameters(self) -> tuple[int, int]:
        """Of the whole network, which maps without a series."""
        return (sum(weights.numel() for weights in self.network.parameters()),) * 2
