"""Parts of the page Super-resolution."""
