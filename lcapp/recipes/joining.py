"""The joining of runs, which takes the place of a training."""

from lcapp.families.joined.write import write_joined
from lcapp.recipes.jobs import Job
from lcapp.recipes.states import BUNDLE


def join(job: Job) -> None:
    """Join the runs of a job.

    Raises:
        LcappError: They cannot be joined.
    """
    members = [(folder / BUNDLE, weight) for folder, weight in job.join]
    write_joined(job.bundle, members, job.rule)
