"""TRAIN: scenes with references become a bundle; the only room that imports Lightning.

`config` holds every setting. `losses` are the paper's equations, `objective` forms them for a
batch; `pretraining` and `joint` are the two phases (paper, 4.2), `run` joins them. `stream` and
`draws` make all of it depend on the seed alone, whatever the number of processes and however often
a run was killed.
"""
