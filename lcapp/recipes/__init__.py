"""The paper's tables as data, trained, evaluated and printed by one command each.

`recipes.toml` has the rows: what `train` is asked for, in the paper's setting and in a small one.
`declared` reads it, `jobs` makes trainings of it, `states` tells how far they are, `work` runs
those that nobody else has claimed, `table` evaluates what is there, `pages` prints it.
"""
