"""What the page Explore shows of a result: its answer, its layers, its month, its report."""
