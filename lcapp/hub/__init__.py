"""Bundles: a network's weights and their description in one folder; and the Hugging Face Hub.

A bundle holds `config.json` and `model.safetensors`, the two files that huggingface_hub's
`PyTorchModelHubMixin` writes.
"""
