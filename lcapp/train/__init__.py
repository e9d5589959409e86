"""TRAIN: scenes with references become a bundle; the only room that imports Lightning.

`config` holds every setting. A `run` goes through the phases (`phase`) that the plan of its
network's family gives, each cut into `rounds` and brought to the machine by `fit`; `TRAINERS` in
`run` names the families. `classifier` is what any of them may train by; `tsrdiff` holds what only
TSRDiff needs. `data` makes all of it depend on the seed alone, whatever the number of processes and
however often a run was killed.
"""
