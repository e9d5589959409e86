"""How features of the aerial image and of the series meet."""
