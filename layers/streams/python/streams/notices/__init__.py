"""Telling a queue or a topic of what was given up."""
