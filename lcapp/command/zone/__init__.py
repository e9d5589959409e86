"""The verb `zone`."""
