"""The verbs of `python -m lcapp`, one module for each group of them.

A verb is a value: its name, its arguments, what it answers as plain data, and how a person reads
that. Answers go to stdout, progress to stderr. torch is imported by the verbs that need it, when
they run.
"""
