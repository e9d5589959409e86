"""The pages; `main` names them."""
