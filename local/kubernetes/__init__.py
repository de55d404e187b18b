"""The template as Kubernetes manifests. Pure but for `files.py`, which writes them."""
