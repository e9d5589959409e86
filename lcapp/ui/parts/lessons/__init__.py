"""The six steps of the page Learn: what is moved in each, and what they share."""
