"""A super-resolved year: its panes, the acquisitions it is made of, its figures and films."""
