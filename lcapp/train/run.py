"""A whole training run, from a folder of scenes to a bundle that the app opens (paper, 4.2).

The run's folder holds `config.json`, `left_out.json` (the scenes without a clear month),
`metrics.csv`, `tensorboard/`, `pictures/`, `checkpoints/`, what each phase leaves
(`pretrained.safetensors`, E_C, and `denoiser.safetensors` where eps_w had a phase of its own) and,
after each round of the last phase, `bundle/`. Training into the same folder
again goes on where the last checkpoint was written; other settings are refused there.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lightning.pytorch.utilities import rank_zero_only
from safetensors.torch import save

from lcapp.classes import FLAIR2
from lcapp.errors import RunError, SceneError
from lcapp.families.classifier.sizes import VARIANTS
from lcapp.families.tsrdiff.sizes import BY_FAMILY
from lcapp.files import write_file
from lcapp.hub.weights import check_keys, read_tensors
from lcapp.prepare import InputSpec
from lcapp.scene.collection import open_collection
from lcapp.train.checks import check
from lcapp.train.clear import without_clear_month
from lcapp.train.config import MachineConfig, TrainConfig
from lcapp.train.data.draws import Draws
from lcapp.train.data.examples import Examples, scenes_of, spread_over
from lcapp.train.data.labels import check_labels
from lcapp.train.data.reduced import reduced
from lcapp.train.fit import Setup, fit, workers
from lcapp.train.folder import begin, is_begun, left_out, remember_left_out
from lcapp.train.maps import ClassifierPlan
from lcapp.train.phase import Phase, Plan, Told
from lcapp.train.rounds import Bundles
from lcapp.train.tsrdiff.plan import TSRDiffPlan
from lcapp.types import Progress

TRAINERS: dict[str, type[Plan]] = {
    **dict.fromkeys(BY_FAMILY, TSRDiffPlan),
    **dict.fromkeys(VARIANTS, ClassifierPlan),
}
"""Families whose networks can be trained; a line here is all that a run knows of one."""

TABLE = FLAIR2
"""The classes that the paper trains on."""


class Run:
    """One training run in its folder.

    Args:
        config: What to train.
        out: The run's folder; new, empty, or of a run with the same settings.
        machine: What to train on.
        on_step: Called while the labels are looked through.

    Raises:
        RunError: The folder or the settings do not allow it.
        SceneError: The scenes do not.
    """

    def __init__(
        self,
        config: TrainConfig,
        out: Path,
        machine: MachineConfig,
        on_step: Callable[[Progress], None] | None = None,
    ) -> None:
        check(config, machine)
        if config.family not in TRAINERS:
            raise RunError(
                f"family is {config.family!r}", expected=" or ".join(map(repr, TRAINERS))
            )
        spec, data = InputSpec(), config.data
        self.plan = TRAINERS[config.family](config, spec, TABLE)
        collection = open_collection(data.collection, data.units)
        self._simulated = collection.simulated
        ids = scenes_of(collection, "train", data)
        held_out = spread_over(scenes_of(collection, "validation", data), data.validation_scenes)
        training, validation = (
            Examples(
                collection,
                chosen,
                spec,
                TABLE,
                data,
                Draws.of_run(config),
                guided=config.network.guide == "aerial",
                target=config.objective.targets,
            )
            for chosen in (ids, held_out)
        )
        check_labels(collection, ids, TABLE, on_step, held_out)
        coarser = None
        if config.objective.targets == "reduced":
            every = scenes_of(collection, "validation", data)
            coarser = (
                self._coarser(training, ids, machine),
                self._coarser(validation, every, machine),
            )
        self.setup = Setup(config, out, machine, training, validation, coarser)
        self._check_counts()
        begun = is_begun(out, config)
        # Before the folder is claimed, and before hours of the first phase: a Hub out of reach, or
        # weights of another size, are known at once.
        *before, last = self.plan.phases
        if not self.setup.checkpoint(last).rounds_done():
            self.plan.start()
        other = config.phases_from
        places = (out, Path(other))
        if other and not any((at / phase.file).is_file() for at in places for phase in before):
            raise RunError(
                "has been through no phase that this run has",
                where=Path(other),
                expected=f"{' or '.join(phase.file for phase in before) or 'another run'}",
                advice="let it get there, or train without --phases-from",
            )
        for phase in before:
            self._check_other(phase)
        known = left_out(out) if begun else None
        unclear = known
        if unclear is None:
            unclear = without_clear_month(collection, (*ids, *held_out), spec, workers(machine))
        gone = frozenset(unclear)
        for examples in (training, validation):
            examples.ids = [one for one in examples.ids if one not in gone]
        self._check_counts()
        if not begun:
            begin(out, config)
        if known is None:
            remember_left_out(out, unclear)
        if unclear:
            _say_left_out(unclear)

    def train(self) -> Path:
        """Run what is left of all phases; returns the folder of the bundle."""
        setup = self.setup
        if reading := workers(setup.machine):
            for examples in (setup.training, setup.validation, *(setup.coarser or ())):
                examples.keep(reading)
        *before, last = self.plan.phases
        for phase in before:
            file = self._file(phase)
            if not file.is_file():
                trainer = fit(setup, phase)
                if trainer.is_global_zero:
                    tensors = phase.teaches.state_dict()
                    write_file(file, save({k: v.cpu().contiguous() for k, v in tensors.items()}))
                trainer.strategy.barrier()
            tensors = read_tensors(file)
            check_keys(phase.teaches.state_dict(), tensors, file)
            phase.teaches.load_state_dict(tensors)
            phase.taught()
        if not setup.config.iterations:
            self._write_as_it_is()
            return setup.out / "bundle"
        fit(setup, last, Bundles(setup.out, self.plan, self._simulated, setup.validation))
        return setup.out / "bundle"

    @staticmethod
    def _coarser(examples: Examples, ids: Sequence[str], machine: MachineConfig) -> Examples:
        """The coarser scenes that some scenes make, but for those without a clear day."""
        scenes = reduced(examples.collection, ids)
        unclear = without_clear_month(scenes, scenes.ids, examples.spec, workers(machine))
        return replace(
            examples,
            collection=scenes,
            ids=[one for one in scenes.ids if one not in unclear],
            data=replace(examples.data, registration=False),  # what is off by 6 m is off by 1 m
            target="truth",
            _kept=OrderedDict(),
        )

    def _check_counts(self) -> None:
        """Whether there is enough to train on, and something held out for each process."""
        machine, held_out = self.setup.machine, len(self.setup.validation)
        if not len(self.setup.training):
            raise SceneError(
                "no scene to train on has a clear month",
                where=self.setup.config.data.collection,
                expected="a series with a clear date for some of them",
                advice="use other masks, or another series",
            )
        processes = machine.devices * machine.nodes
        if held_out < processes:
            raise RunError(
                f"{held_out} validation scenes for {processes} processes",
                expected="at least one for each",
                advice="hold out more scenes, or use fewer processes",
            )

    @rank_zero_only  # type: ignore[untyped-decorator]
    def _write_as_it_is(self) -> None:
        """The bundle of a run without its last phase."""
        config = self.setup.config
        provenance = (
            f"Trained by `python -m lcapp train` without its last phase on "
            f"{'simulated scenes' if self._simulated else 'scenes'} of the folder "
            f"{Path(config.data.collection).name}, seed {config.seed}.{self.plan.origins()}"
        )
        self.plan.write(self.setup.out / "bundle", Told(self.setup.out.name, provenance, {}))

    def _file(self, phase: Phase) -> Path:
        """Where this run keeps what a phase has taught; another run's is brought there."""
        file, other = self.setup.out / phase.file, self.setup.config.phases_from
        if other and not file.is_file() and (Path(other) / phase.file).is_file():
            write_file(file, (Path(other) / phase.file).read_bytes())
        return file

    def _check_other(self, phase: Phase) -> None:
        """Whether what another run is to give for a phase has these sizes."""
        other = self.setup.config.phases_from
        file = Path(other) / phase.file
        if not other or (self.setup.out / phase.file).is_file() or not file.is_file():
            return
        check_keys(phase.teaches.state_dict(), read_tensors(file), file)


@rank_zero_only
def _say_left_out(ids: Sequence[str]) -> None:
    shown = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
    print(f"left out, without a clear month: {shown}", file=sys.stderr, flush=True)
