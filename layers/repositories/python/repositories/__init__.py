"""Ports to the stores and one package a store: the log (Redis), the archive (MongoDB), the read models (PostgreSQL)."""
