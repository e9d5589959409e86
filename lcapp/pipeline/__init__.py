"""The stages joined: a scene and a model in, a prediction out; zones; evaluations; files."""
