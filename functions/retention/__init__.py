"""Keeps the log small: removes what every reader has done with and what the archive has."""
