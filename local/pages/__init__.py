"""The parts of `docs/services/` that are made from the code: `python docs/generate.py` writes them, a test compares."""
