"""Reads the read models."""
