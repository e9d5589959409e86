"""The plan of every classifier's training: one phase, in which all of it learns from its map."""

from collections.abc import Sequence
from functools import partial

from lcapp.classes import ClassTable
from lcapp.errors import RunError
from lcapp.evaluate.agreement import evaluated
from lcapp.families.classifier.network import Classifier, build
from lcapp.families.classifier.sizes import VARIANTS
from lcapp.prepare import InputSpec
from lcapp.train.classifier import MapClassifier
from lcapp.train.config import TrainConfig
from lcapp.train.first_weights import origin, start_image_branch
from lcapp.train.phase import Phase, Plan


class ClassifierPlan(Plan):
    """One phase. The settings of TSRDiff's phases have no say."""

    def __init__(self, config: TrainConfig, spec: InputSpec, table: ClassTable) -> None:
        super().__init__(config, spec, table)
        variants, options = VARIANTS[config.family], config.network
        if options.variant not in variants:
            raise RunError(
                f"there is no size {options.variant!r} of {config.family}",
                expected=f"--variant {' or '.join(variants)}",
            )
        if not config.iterations:
            raise RunError("0 iterations: the maps would mean nothing", expected="at least 1")
        self.variant, self.sizes = options.variant, variants[options.variant]
        self.network: Classifier = build(self.sizes, config.seed)

    def start(self) -> None:
        """First weights of the image branch."""
        start_image_branch(self.network, self.config.network.hr_init, self.spec, self.table)

    def origins(self) -> str:
        """Of the image branch."""
        return origin(self.network, self.config.network.hr_init)

    @property
    def phases(self) -> Sequence[Phase]:
        """The one."""
        network, classes = self.network, len(self.table.names)
        learner = partial(
            MapClassifier,
            network,
            network.forward,
            self.config,
            classes=classes,
            evaluated=evaluated(self.table),
            each=network.each,
        )
        return [Phase("map", learner, network, squares=True)]
