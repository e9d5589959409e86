"""Pictures to be compared: what a pane holds, how it is packed, how panes are arranged."""

from lcapp.views.panes.arrangement import MODES, Arrangement, fitting, from_text, to_text
from lcapp.views.panes.pane import Pane, Values, packed

__all__ = ["MODES", "Arrangement", "Pane", "Values", "fitting", "from_text", "packed", "to_text"]
