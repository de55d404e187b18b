"""The emulator: runs template.yaml on a laptop, with the real servers and without Docker."""
