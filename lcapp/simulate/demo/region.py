"""A simulated region of two patches with every modality, beside the demo scenes."""

from pathlib import Path

from filelock import FileLock

from lcapp.errors import RunError
from lcapp.files import cache_folder
from lcapp.scene.reader import SIMULATED
from lcapp.simulate.collection import VERSION
from lcapp.simulate.formats.flairhub import simulate_flairhub


def demo_region() -> Path:
    """Its folder, in FLAIR-HUB's layout; written on the first call, where demo scenes lie too.

    Raises:
        RunError: The cache cannot be written.
    """
    folder = cache_folder() / f"simulated-region-v{VERSION}"
    if (folder / SIMULATED).is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not (folder / SIMULATED).is_file():  # it may have come while this one waited
                simulate_flairhub(folder)
    except (OSError, RunError) as error:
        raise RunError(
            f"the simulated region cannot be written: {error}",
            where=folder,
            advice="set LCAPP_CACHE to a folder that can be written",
        ) from error
    return folder
