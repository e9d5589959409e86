"""How fast the costly parts run on this machine, beside what the machine can do at most."""
