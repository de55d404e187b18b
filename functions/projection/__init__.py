"""Folds events into the read models."""
