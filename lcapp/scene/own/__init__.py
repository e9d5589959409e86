"""Files that somebody hands over, one by one, in place of a folder: looked at before they count."""
