"""The networks that IGN publishes for FLAIR-HUB (Garioud et al., 2025)."""
