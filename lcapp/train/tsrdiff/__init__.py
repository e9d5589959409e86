"""What only the training of TSRDiff needs: its losses and its phases."""
