"""Prometheus metrics and structured logs, the same in every function."""
