"""Small multiples of the months' figures, and their table."""

from lcapp.types.metrics import MonthMetric
from lcapp.views.superres.figure import metrics_rows, multiples, multiples_legend

LOW = (None, 4.0, 9.0, None, 6.0, *[5.0] * 7)
METRIC = MonthMetric(
    "SAM", "°", "low", "An angle.", {"ours": LOW, "<b>": (None,) * 12}, {"ours": 5.5, "<b>": None}
)


def test_a_chart_has_gaps_and_a_ring_at_the_worst_month() -> None:
    (chart,) = multiples([METRIC], "ours")
    ours, _, ring = chart.data
    assert ours.y == LOW
    assert ours.connectgaps is False
    assert (ring.x, ring.y) == ((3,), (9.0,))
    assert "lower is better" in chart.layout.title.text


def test_ink_follows_the_page() -> None:
    light, dark = (multiples([METRIC], "ours", one)[0] for one in (False, True))
    assert light.layout.title.font.color != dark.layout.title.font.color


def test_the_table_marks_the_worst_month_and_leaves_gaps_empty() -> None:
    row = metrics_rows([METRIC])[0]
    assert row["figure"] == "SAM (°)"
    assert (row["Jan"], row["Feb"], row["Mar"], row["year"]) == ("", "4.00", "9.00 ▼", "5.50")


def test_the_legend_names_the_ways_as_text() -> None:
    assert "&lt;b&gt;" in multiples_legend([METRIC])
