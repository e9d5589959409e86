"""Where a series lies beside its aerial image: found, and set right (our addition).

Sentinel-2 lies some metres off its place, most of it common to a place's dates, the rest each
date's own. The dates are first laid onto each other (`among_dates`), which they tell to a few
decimetres over the whole crop; then all of them together onto the aerial image (`onto_aerial`),
from the few pixels of the tile, with the shadows of what stands there told apart from a shift.
"""

from lcapp.prepare.registration.among_dates import shifts_among, together
from lcapp.prepare.registration.onto_aerial import registered

__all__ = ["registered", "shifts_among", "together"]
