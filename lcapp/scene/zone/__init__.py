"""Places larger than what a network sees."""
