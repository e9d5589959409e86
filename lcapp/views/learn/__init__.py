"""What the page Learn shows: six steps, each pictures beneath one slider, and words about them.

`slides` says what such pictures are, `drawing` draws curves and points; `sensors`, `noising`, `toy`
and `looks` make those of the steps out of a scene and its results, `lessons` has the words, and
`handout` puts all of it on paper.
"""
