"""Execution environments, from the source tree beside the built package."""
