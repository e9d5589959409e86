"""Layers that several networks share (paper 4.1, METHOD.md section 3).

A layer knows nothing of files, schedules or scenes.
"""
