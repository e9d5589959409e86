"""Networks over many scenes, against labels and known truth."""
