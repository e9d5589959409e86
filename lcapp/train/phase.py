"""A training run as values: phases one after another, and the plan that a network's family has."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from lcapp.classes import ClassTable
from lcapp.diffusion.config import DiffusionConfig
from lcapp.hub.bundle import write_bundle
from lcapp.hub.config import BundleConfig
from lcapp.prepare import InputSpec
from lcapp.train.config import TrainConfig
from lcapp.train.data.batch import Batch
from lcapp.train.learner import Learner


@dataclass(frozen=True, eq=False)
class Phase:
    """A part of a run in which one learner trains.

    All but the last leave a part of the network in a file of the run, from which this run, or
    another, takes it. The last leaves the bundle; its learner has `class_shares`.

    Attributes:
        name: In the run's figures and checkpoints.
        learner: Makes the learner, given how many iterations there will be.
        teaches: The part of the network that it leaves.
        passes: Over the scenes; None: as many iterations as the run is to have.
        file: Where it leaves that part, safetensors; the last: "".
        taught: Called when that part has its weights.
        fine: It looks at the aerial image and the labels at 0.2 m.
        coarser: It sees the coarser scenes, where the run asks for them (`data.reduced`).
        squares: It sees squares where the run asks for them, else whole scenes.
        uses_all: All that it trains has a gradient in each iteration.
        draw: Draws a held-out scene into a file after each round, in evaluation mode.
    """

    name: str
    learner: Callable[[int], Learner]
    teaches: nn.Module
    passes: int | None = None
    file: str = ""
    taught: Callable[[], object] = lambda: None
    fine: bool = True
    coarser: bool = False
    squares: bool = False
    uses_all: bool = True
    draw: Callable[[Path, Any, Batch], None] | None = None


@dataclass(frozen=True)
class Told:
    """What a bundle says of a run.

    Attributes:
        name: Of the bundle.
        provenance: Sentences.
        figures: Measured, name to value.
    """

    name: str
    provenance: str
    figures: dict[str, Any]


class Plan(ABC):
    """How networks of a family are trained; made for one run.

    Args:
        config: Of the run.
        spec: What the network reads.
        table: Classes of its map.

    Raises:
        RunError: The settings ask for what the family has not.

    Attributes:
        network: What is trained.
        sizes: Its sizes, a dataclass.
        variant: Their name.
        diffusion: Schedule and sampler settings of the bundle; None where nothing is denoised.
    """

    network: nn.Module
    sizes: Any
    variant: str
    diffusion: DiffusionConfig | None = None

    def __init__(self, config: TrainConfig, spec: InputSpec, table: ClassTable) -> None:
        self.config, self.spec, self.table = config, spec, table

    @property
    @abstractmethod
    def phases(self) -> Sequence[Phase]:
        """In their order."""

    def kept(self) -> Mapping[str, Tensor]:
        """What a bundle holds of the network."""
        return self.network.state_dict()

    def write(self, bundle: Path, told: Told) -> None:
        """Write the network, as it is by now, as a bundle."""
        description = BundleConfig(
            name=told.name,
            variant=self.variant,
            network=asdict(self.sizes),
            inputs=self.spec,
            classes=self.table.name,
            diffusion=self.diffusion,
            trained=True,
            provenance=told.provenance,
            licence="not stated",
            figures=told.figures,
            architecture=self.config.family,
        )
        write_bundle(bundle, self.kept(), description)

    def start(self) -> None:  # noqa: B027
        """Give the network first weights from elsewhere, where the settings name any.

        Raises:
            LcappError: There are none, or they do not fit.
        """

    def origins(self) -> str:
        """Sentences of the provenance on weights from elsewhere, a space before each."""
        return ""
