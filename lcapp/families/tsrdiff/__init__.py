"""TSRDiff, the network of the paper: a series super-resolved, fused with the aerial image."""
