"""The eleven faults of METHOD.md section 6, each measured on the code that users run.

Every file has a check that measures, a test that it holds, and a test that plants the fault and
sees the same check fail. Docstrings give what was planted and the number that the check then gave.

1. Auxiliary losses without effect: `tests/train/test_gradients`.
2. Only the first epoch denoised: `test_every_month`.
3. Dates without effect: `tests/train/test_invariances`.
4. Augmenting all but the series: `test_one_transform`, `test_data`.
5. Absent months that leak: `test_absent_months`.
6. Months thrown away: `test_every_month`.
7. Attention computed and thrown away: `test_explanation`.
8. A random split, drawn again at each resume: `test_fixed_split`, `test_data`.
9. Near infrared cut off: `test_near_infrared`.
10. One-step estimates in training, samples in use: `test_samples`, `test_season`.
11. The season erased in training: `test_season`.
"""

import pytest

from lcapp.families.tsrdiff.catalogue import build
from lcapp.families.tsrdiff.model import TSRDiffModel, load
from lcapp.families.tsrdiff.network import TSRDiff
from lcapp.families.tsrdiff.sizes import VARIANTS
from lcapp.train.data.batch import Batch, collate
from lcapp.types import Scene
from tests.faults.scenes import YEAR, examples_of, textured


@pytest.fixture(scope="session")
def bundle() -> TSRDiffModel:
    return load("tiny")


@pytest.fixture(scope="session")
def scene() -> Scene:
    """Four months, of twelve."""
    return textured()


@pytest.fixture(scope="session")
def year() -> Scene:
    """All twelve months."""
    return textured(YEAR, seed=1)


@pytest.fixture(scope="session")
def batch() -> Batch:
    """Two scenes with four and three months."""
    examples = examples_of(textured(), textured((3, 6, 9), seed=2))
    return collate([examples[0, 0], examples[1, 0]])


@pytest.fixture
def network() -> TSRDiff:
    """Initial weights, evaluation mode, E_C frozen."""
    network = build(VARIANTS["tiny"], seed=0).eval()
    network.encoder_c.requires_grad_(False)
    return network
