"""Where builds keep what they fetched."""

from local.paths import DEFAULT_DATA

WHEELS = DEFAULT_DATA / "wheels"
"""One folder a target. Only the first build needs the network."""
