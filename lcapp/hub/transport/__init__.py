"""To and from the Hugging Face Hub, through the cache that all programs share."""
