"""What an evaluation is asked for, in an address."""

import pytest

from lcapp.errors import RunError
from lcapp.ui.session.asked import Asked, from_text, to_text


def test_an_address_says_what_differs_and_brings_it_back() -> None:
    asked = Asked(
        models=("demo", "IGNF/a~b,c=d@main"),
        joined=True,
        part="test",
        domains=("D1_2021", "é"),
        limit=0,
        sampler="ddim",
        steps=(1, 10),
        seeds=1,
        samples=0,
        guide=0.25,
        out="~/some folder",
        shown="worst",
        line=2,
        by="psnr",
    )
    assert from_text(to_text(asked)) == asked
    assert to_text(Asked()) is None
    assert from_text(None) == Asked()
    assert to_text(Asked(models=("demo", "tiny"), limit=8)) == "models=demo,tiny~limit=8"


@pytest.mark.parametrize(
    "text",
    [
        "limit=-1",
        "limit=many",
        "seeds=0",
        "steps=1,501",
        "guide=nan",
        "part=some",
        "sampler=magic",
        "joined=yes",
        "pigeons=3",
        "limit=" + "1" * 5000,
        "nonsense",
    ],
)
def test_nonsense_is_refused_with_its_part(text: str) -> None:
    with pytest.raises(RunError, match=r"asks for an evaluation with '.*; expected what this page"):
        from_text(f"seeds=2~{text}")
