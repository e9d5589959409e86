"""What the numbers of files mean: series, masks and heights, each decided once for a file."""
