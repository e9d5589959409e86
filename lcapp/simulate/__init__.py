"""Scenes that no sensor has seen, with a known truth: for learning, for the demo and for tests.

Four rooms: `land` (what lies where: a plan in metres, in five styles), `instruments` (what the
plane and the satellite make of it, and the truth at 1.6 m), `formats` (FLAIR #2, FLAIR-HUB) and
`demo` (eight places with a story). Around them: a `domain` has a style, a light, a soil and a year
of weather; `zones` are places of a domain, `plans` says what each shows, and a `collection` of them
is drawn by `workers`. Every collection says that it is simulated.
"""
