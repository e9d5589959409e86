"""What a person states of files: known units, and no others."""

import pytest

from lcapp.errors import RunError
from lcapp.types import Units


@pytest.mark.parametrize(
    "stated", [{"series": "cubits"}, {"masks": "cows"}, {"heights": "furlongs"}]
)
def test_a_unit_that_there_is_not_is_refused_wherever_it_is_stated(stated: dict[str, str]) -> None:
    name, value = next(iter(stated.items()))
    with pytest.raises(RunError, match=f"{name} is '{value}'; expected 'auto' or"):
        Units(**stated)  # type: ignore[arg-type]
