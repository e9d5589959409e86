"""Components of a page that are written in JavaScript: the map, the gallery."""
